//! The macros that make a table or a choice of words: one declaration gives its type, its reader, its
//! writer, its defaults and its schema.

/// A table of the scenario. Each key has its meaning, its type and, if it may be left out, its default,
/// written as in a scenario. The key is the name of its field, or what stands behind `as`; behind the
/// type may stand a rule in brackets, such as `[OneOrMore]`.
macro_rules! table {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $field:ident $(as $key:literal)? : $type:ty $([$rule:ty])? $(= $default:tt)?
            ),* $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, PartialEq, Debug)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $type, )*
        }

        impl Default for $name {
            /// Every key at its default. What has none is empty or zero.
            fn default() -> Self {
                $name { $( $field: $crate::reading::table::default_of!($type $(, $default)?), )* }
            }
        }

        impl $crate::reading::setting::Setting for $name {
            const TABLE: bool = true;

            fn read(
                item: &$crate::reading::document::Item,
                cx: &mut $crate::reading::Reading<'_>,
            ) -> Option<Self> {
                let mut reader = $crate::reading::reader::Reader::new(item, cx)?;
                let table = $name { $(
                    $field: {
                        const KEY: &str = $crate::reading::table::key_of!($field $(, $key)?);
                        $( cx.least = <$rule as $crate::reading::setting::Rule<$type>>::LEAST; )?
                        let value: $type =
                            $crate::reading::table::take!(reader, cx, KEY $(, $default)?);
                        $( let value = $crate::reading::table::obeying::<$type, $rule>(value, item, KEY, cx); )?
                        value
                    },
                )* };
                reader.finish(cx);
                Some(table)
            }

            fn write(&self) -> Option<$crate::reading::write::Out> {
                let mut out = Vec::new();
                $( $crate::reading::table::put(
                    &mut out,
                    $crate::reading::table::key_of!($field $(, $key)?),
                    &self.$field,
                ); )*
                Some($crate::reading::write::Out::Table(out))
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<$name>()
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut table = $crate::schema::TableSchema::new(&[$($about),+]);
                $( {
                    #[allow(unused_mut, reason = "only keys with a rule change it")]
                    let mut schema = $crate::schema::key::<$type>(
                        &[$($doc),+],
                        $crate::reading::table::text_of!($($default)?),
                        generator,
                    );
                    $( <$rule as $crate::reading::setting::Rule<$type>>::describe(&mut schema); )?
                    table.add::<$type>(
                        $crate::reading::table::key_of!($field $(, $key)?),
                        schema,
                        $crate::reading::table::text_of!($($default)?).is_some(),
                    );
                } )*
                table.finish()
            }
        }
    };
}

/// One of several words. The first is what stands in for a broken one.
macro_rules! choice {
    (
        $(#[doc = $about:literal])+
        pub enum $name:ident {
            $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum $name {
            $( $(#[doc = $doc])+ $variant, )+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),+];
            const WORDS: &[&str] = &[$($word),+];

            /// As it stands in a scenario.
            pub const fn word(self) -> &'static str {
                match self { $( $name::$variant => $word, )+ }
            }
        }

        impl Default for $name {
            /// The first, which stands in for a broken one; the default of a key stands at the key.
            fn default() -> Self {
                $name::ALL[0]
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl $crate::reading::setting::Setting for $name {
            fn read(
                item: &$crate::reading::document::Item,
                cx: &mut $crate::reading::Reading<'_>,
            ) -> Option<Self> {
                let found = $crate::reading::table::word(item, Self::WORDS, cx)?;
                Some($name::ALL[found])
            }

            fn write(&self) -> Option<$crate::reading::write::Out> {
                Some($crate::reading::write::Out::Text(self.word().to_owned()))
            }

            fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::schema::words(&[$( ($word, &[$($doc),+]) ),+])
            }
        }
    };
}

macro_rules! key_of {
    ($field:ident, $key:literal) => {
        $key
    };
    ($field:ident) => {
        stringify!($field)
    };
}

macro_rules! text_of {
    () => {
        None::<&'static str>
    };
    ($default:tt) => {
        Some(stringify!($default))
    };
}

macro_rules! default_of {
    ($type:ty) => {
        <$type as Default>::default()
    };
    ($type:ty, $default:tt) => {
        $crate::reading::reader::from_text::<$type>(stringify!($default))
    };
}

macro_rules! take {
    ($reader:ident, $cx:ident, $key:expr) => {
        $reader.required($key, $cx)
    };
    ($reader:ident, $cx:ident, $key:expr, $default:tt) => {
        $reader.or_default($key, stringify!($default), $cx)
    };
}

pub(crate) use {choice, default_of, key_of, table, take, text_of};

use super::Reading;
use super::document::Item;
use super::reader::{LATER, is_later, listed};
use super::setting::{Rule, Setting, shown};
use super::write::Out;
use crate::nearest;

/// The value, after a complaint if it breaks its rule.
pub(crate) fn obeying<T: Setting, R: Rule<T>>(
    value: T,
    table: &Item,
    key: &'static str,
    cx: &mut Reading<'_>,
) -> T {
    cx.least = 0;
    let Some((item, _)) = table.find(key) else { return value };
    if let Some((wrong, mend)) = R::broken(&value).filter(|_| !cx.broken([item.at])) {
        let key = cx.within(key, |cx| cx.key());
        cx.error(item.at, format!("{key} {wrong}"), mend);
    }
    value
}

/// Adds a key and its value to what is written.
pub(crate) fn put<T: Setting>(out: &mut Vec<(String, Out)>, key: &str, value: &T) {
    out.extend(value.write().map(|value| (key.to_owned(), value)));
}

/// Which of these words it is.
pub(crate) fn word(item: &Item, words: &[&'static str], cx: &mut Reading<'_>) -> Option<usize> {
    let found = item.as_text().and_then(|text| words.iter().position(|word| *word == text));
    if found.is_none() {
        let near = item.as_text().and_then(|text| nearest(text, words.iter().copied()));
        let later = item.as_text().is_some_and(is_later) && cx.key() == "`strategy`";
        let mend = match near {
            _ if later => LATER.to_owned(),
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("it is one of {}", listed(words).replace('`', "\"")),
        };
        let what = format!("{} is {}", cx.key(), shown(item));
        cx.error(item.at, what, mend);
    }
    found
}
