//! The macros that make a table or a choice of words: one declaration gives its type, its reader, its
//! writer, its defaults and its schema. Strategies outside make their tables with them too.

/// A table of the scenario. Each key has its meaning, its type and, if it may be left out, its default,
/// written as in a scenario. The key is the name of its field, or what stands behind `as`; behind the
/// type may stand a rule in brackets, such as `[OneOrMore]`.
///
/// ```
/// use penult_scenarios::reading::AboveZero;
/// use penult_scenarios::table;
/// use penult_sim::Span;
///
/// table! {
///     /// How patient somebody is.
///     pub struct Patience {
///         /// How long they wait.
///         wait: Span [AboveZero] = "200ms",
///         /// How often they ask.
///         attempts: u32 = 2,
///     }
/// }
///
/// assert_eq!(Patience::default().wait, Span::millis(200));
/// ```
#[macro_export]
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
                $name { $( $field: $crate::__default_of!($type $(, $default)?), )* }
            }
        }

        impl $crate::reading::Keys for $name {
            const KEYS: &'static [&'static str] = &[$($crate::__key_of!($field $(, $key)?)),*];

            fn take(
                reader: &mut $crate::reading::Reader<'_>,
                cx: &mut $crate::reading::Reading<'_>,
            ) -> Self {
                $name { $(
                    $field: {
                        const KEY: &str = $crate::__key_of!($field $(, $key)?);
                        $( cx.at_least(<$rule as $crate::reading::Rule<$type>>::LEAST); )?
                        let value: $type = $crate::__take!(reader, cx, KEY $(, $default)?);
                        $( let value = $crate::reading::obeying::<$type, $rule>(value, reader.item(), KEY, cx); )?
                        value
                    },
                )* }
            }

            fn describe(
                table: &mut $crate::reading::TableSchema,
                generator: &mut $crate::reading::schemars::SchemaGenerator,
            ) {
                $( table.add::<$type>(
                    $crate::__key_of!($field $(, $key)?),
                    &[$($doc),+],
                    $crate::__text_of!($($default)?),
                    |_schema| { $( <$rule as $crate::reading::Rule<$type>>::describe(_schema); )? },
                    generator,
                ); )*
            }
        }

        impl $crate::reading::Setting for $name {
            const TABLE: bool = true;

            fn read(
                item: &$crate::reading::Item,
                cx: &mut $crate::reading::Reading<'_>,
            ) -> Option<Self> {
                let mut reader = $crate::reading::Reader::new(item, cx)?;
                let table = <$name as $crate::reading::Keys>::take(&mut reader, cx);
                reader.finish(cx);
                Some(table)
            }

            fn write(&self) -> Option<$crate::reading::Out> {
                let mut out = Vec::new();
                $( $crate::reading::put(
                    &mut out,
                    $crate::__key_of!($field $(, $key)?),
                    &self.$field,
                ); )*
                Some($crate::reading::Out::Table(out))
            }

            fn schema(
                generator: &mut $crate::reading::schemars::SchemaGenerator,
            ) -> $crate::reading::schemars::Schema {
                generator.subschema_for::<$name>()
            }
        }

        impl $crate::reading::schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(
                generator: &mut $crate::reading::schemars::SchemaGenerator,
            ) -> $crate::reading::schemars::Schema {
                let mut table = $crate::reading::TableSchema::new(&[$($about),+]);
                <$name as $crate::reading::Keys>::describe(&mut table, generator);
                table.finish()
            }
        }
    };
}

/// One of several words. The first is what stands in for a broken one.
#[macro_export]
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

        impl $crate::reading::Setting for $name {
            fn read(
                item: &$crate::reading::Item,
                cx: &mut $crate::reading::Reading<'_>,
            ) -> Option<Self> {
                let found = $crate::reading::word(item, Self::WORDS, cx)?;
                Some($name::ALL[found])
            }

            fn write(&self) -> Option<$crate::reading::Out> {
                Some($crate::reading::Out::Text(self.word().to_owned()))
            }

            fn schema(
                _: &mut $crate::reading::schemars::SchemaGenerator,
            ) -> $crate::reading::schemars::Schema {
                $crate::reading::words(&[$( ($word, &[$($doc),+]) ),+])
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __key_of {
    ($field:ident, $key:literal) => {
        $key
    };
    ($field:ident) => {
        stringify!($field)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __text_of {
    () => {
        None::<&'static str>
    };
    ($default:tt) => {
        Some(stringify!($default))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __default_of {
    ($type:ty) => {
        <$type as Default>::default()
    };
    ($type:ty, $default:tt) => {
        $crate::reading::from_text::<$type>(stringify!($default))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __take {
    ($reader:ident, $cx:ident, $key:expr) => {
        $reader.required($key, $cx)
    };
    ($reader:ident, $cx:ident, $key:expr, $default:tt) => {
        $reader.or_default($key, stringify!($default), $cx)
    };
}

pub(crate) use {choice, table};

use super::Reading;
use super::document::Item;
use super::reader::listed;
use super::setting::{Rule, Setting, shown};
use super::write::Out;
use crate::nearest;

/// The value, after a complaint if it breaks its rule.
pub fn obeying<T: Setting, R: Rule<T>>(
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

/// Adds a key and its value to what is written; the keys of the value, if it is spread out.
pub fn put<T: Setting>(out: &mut Vec<(String, Out)>, key: &str, value: &T) {
    match value.write() {
        Some(Out::Table(inner)) if T::SPREAD => out.extend(inner),
        value => out.extend(value.map(|value| (key.to_owned(), value))),
    }
}

/// Which of these words it is.
pub fn word(item: &Item, words: &[&'static str], cx: &mut Reading<'_>) -> Option<usize> {
    let found = item.as_text().and_then(|text| words.iter().position(|word| *word == text));
    if found.is_none() {
        let near = item.as_text().and_then(|text| nearest(text, words.iter().copied()));
        let mend = match near {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("it is one of {}", listed(words).replace('`', "\"")),
        };
        let what = format!("{} is {}", cx.key(), shown(item));
        cx.error(item.at, what, mend);
    }
    found
}
