//! Complaints as a compiler shows them: file, line, column, the line itself, what would be right.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{At, Complaint, Complaints, Severity};

/// A line that is longer is shown in part, so that no message fills the screen.
const LINE_MAX: usize = 160;

impl Complaints {
    /// The messages, one below the other; with colours for a terminal if `colour`.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(LINE_MAX);
        let mut text = String::new();
        for complaint in &self.list {
            text += &renderer.render(&[self.group(complaint)]);
            text += "\n\n";
        }
        text.truncate(text.trim_end().len() + usize::from(!text.is_empty()));
        text
    }

    fn group<'c>(&'c self, complaint: &'c Complaint) -> Group<'c> {
        let level = match complaint.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(complaint.what.as_str()));
        let Some(at) = complaint.at.filter(|at| at.source < self.sources.len()) else {
            return group.element(Level::HELP.message(complaint.mend.as_str()));
        };
        let mut snippet = self.snippet(at);
        snippet = snippet.annotation(
            AnnotationKind::Primary.span(self.range(at)).label(complaint.mend.as_str()),
        );
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            complaint.also.iter().partition(|(other, _)| other.source == at.source);
        let context = |(at, label): &'c (At, String)| {
            AnnotationKind::Context.span(self.range(*at)).label(label.as_str())
        };
        snippet = snippet.annotations(here.into_iter().map(context));
        group = group.element(snippet);
        for other in elsewhere {
            group = group.element(self.snippet(other.0).annotation(context(other)));
        }
        match &complaint.note {
            Some(note) => group.element(Level::NOTE.message(note.as_str())),
            None => group,
        }
    }

    fn snippet(&self, at: At) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let source = &self.sources[at.source];
        Snippet::source(source.text.as_str()).path(source.name.as_str())
    }

    /// The bytes of a place, such that they are whole letters of one line and at least one.
    fn range(&self, at: At) -> Range<usize> {
        let text = &self.sources[at.source].text;
        let whole = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = whole(at.start);
        let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |end| start + end);
        let end = whole(at.end).clamp(start, line_end.max(start));
        start..end
    }
}
