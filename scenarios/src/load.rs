//! From a file to a scenario that was checked.

use std::path::Path;

use crate::complaint::{At, Complaint, Complaints, Source};
use crate::files::{FileName, Files, Folder, Shelf};
use crate::reading::Reading;
use crate::reading::document::{Item, parse};
use crate::reading::setting::Setting;
use crate::{Care, Overrides, Scenario, Strategies, check};

/// A scenario that was read and checked.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario as it was understood.
    pub scenario: Scenario,
    /// What is probably not meant.
    pub warnings: Complaints,
    /// What had to be assumed about the files that it names, each said once.
    pub assumed: Vec<String>,
    /// The files that were read for it, by name.
    pub files: Vec<FileName>,
    document: Item,
    sources: Vec<Source>,
}

impl Loaded {
    /// An error about the value at a path such as `fault.0.at`, found by whoever builds the world. If
    /// nothing stands there, it is about the nearest table around it.
    pub fn complain(
        &self,
        path: &str,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Complaints {
        self.complaints([(path, what, mend)])
    }

    /// The same for several: the path, what is wrong, and what would be right.
    pub(crate) fn complaints<P, W, M>(&self, all: impl IntoIterator<Item = (P, W, M)>) -> Complaints
    where
        P: AsRef<str>,
        W: Into<String>,
        M: Into<String>,
    {
        let all = all.into_iter();
        let list =
            all.map(|(path, what, mend)| Complaint::error(self.place(path.as_ref()), what, mend));
        let (sources, list) = (self.sources.clone(), list.collect());
        let mut complaints = Complaints { sources, list, ..Complaints::default() };
        complaints.sort();
        complaints
    }

    /// Where the value at a path stands: in the scenario, or in a `--set`. If nothing stands there, the nearest
    /// table around it.
    pub fn stands(&self, path: &str) -> (&Source, At) {
        let at = self.place(path);
        (&self.sources[at.source], at)
    }

    fn place(&self, path: &str) -> At {
        let mut path = path;
        loop {
            if let Some((item, _)) = self.document.find(path) {
                return item.at;
            }
            match path.rsplit_once('.') {
                Some((around, _)) => path = around,
                None => return self.document.at,
            }
        }
    }
}

/// Reads and checks a scenario file. The files that it names are looked for in its folder.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Loaded, Complaints> {
    load_with(path, overrides, Care::default())
}

/// The same, looking as closely as is asked.
pub fn load_with(path: &Path, overrides: &Overrides, care: Care<'_>) -> Result<Loaded, Complaints> {
    Strategies::built_in().load_with(path, overrides, care)
}

/// Reads and checks the text of a scenario. `name` is what messages call it.
pub fn read(
    name: &str,
    text: &[u8],
    overrides: &Overrides,
    files: &dyn Files,
) -> Result<Loaded, Complaints> {
    read_with(name, text, overrides, files, Care::default())
}

/// The same, looking as closely as is asked.
pub fn read_with(
    name: &str,
    text: &[u8],
    overrides: &Overrides,
    files: &dyn Files,
    care: Care<'_>,
) -> Result<Loaded, Complaints> {
    Strategies::built_in().read_with(name, text, overrides, files, care)
}

impl Strategies {
    /// Reads and checks a scenario file for these strategies, looking as closely as is asked. The files that it names
    /// are looked for in its folder.
    pub fn load_with(
        &self,
        path: &Path,
        overrides: &Overrides,
        care: Care<'_>,
    ) -> Result<Loaded, Complaints> {
        let name = path.display().to_string();
        let text = std::fs::read(path).map_err(|why| Complaints::unreadable(&name, &why))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        self.read_with(&name, &text, overrides, &Folder(folder), care)
    }

    /// Reads and checks the text of a scenario for these strategies, looking as closely as is asked. `name` is what
    /// messages call it.
    pub fn read_with(
        &self,
        name: &str,
        text: &[u8],
        overrides: &Overrides,
        files: &dyn Files,
        care: Care<'_>,
    ) -> Result<Loaded, Complaints> {
        let shelf = Shelf::new(files, name);
        let mut cx = Reading::with(&shelf, self.clone(), care);
        let text = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => return Err(not_text(name, text, &error)),
        };
        cx.complaints.sources.push(Source { name: name.to_owned(), text: text.into() });
        let (mut document, errors) = parse(text, 0, 0);
        if !errors.is_empty() {
            // What a broken text seems to say would only lead to errors that follow from these.
            errors.into_iter().for_each(|error| cx.complain(error));
            cx.complaints.sort();
            if let Some(last) = cx.complaints.list.last_mut() {
                last.note = Some("the keys and values are checked once this is TOML".into());
            }
            return Err(cx.complaints);
        }
        overrides.apply(&mut document, &mut cx);
        let tables = self.iter().filter_map(|it| Some((it, document.find(it.word())?.0)));
        let own: Vec<String> = tables.flat_map(|(it, table)| it.entry().names(table)).collect();
        cx.strategies = self.with_own_names(own.into_iter());
        let mut scenario = Scenario::read(&document, &mut cx).unwrap_or_default();
        check::settle(&mut scenario, &mut cx);
        check::all(&scenario, &document, &mut cx);
        let mut complaints = cx.complaints;
        complaints.sort();
        if complaints.errors() > 0 {
            return Err(complaints);
        }
        let (assumed, files) = (cx.assumed, shelf.names());
        let sources = complaints.sources.clone();
        Ok(Loaded { scenario, warnings: complaints, assumed, files, document, sources })
    }
}

fn not_text(name: &str, bytes: &[u8], error: &std::str::Utf8Error) -> Complaints {
    let text = String::from_utf8_lossy(bytes).into();
    let start = error.valid_up_to();
    let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
    let at = At { source: 0, start, end };
    let complaint = Complaint::error(at, "this is not UTF-8 text", "save the file as UTF-8");
    let sources = vec![Source { name: name.to_owned(), text }];
    Complaints { sources, list: vec![complaint], ..Complaints::default() }
}

impl Scenario {
    /// The scenario as it was understood: every key, every default filled in, each file with its hash
    /// in a comment. Reading it again gives an equal scenario.
    pub fn to_toml(&self) -> String {
        self.to_toml_with(&str::to_owned)
    }

    /// The same, with other names for the files: for a copy that stands in another folder.
    pub fn to_toml_with(&self, rename: &dyn Fn(&str) -> String) -> String {
        match self.write() {
            Some(crate::reading::write::Out::Table(root)) => {
                crate::reading::write::document(&root, rename)
            }
            _ => String::new(),
        }
    }
}
