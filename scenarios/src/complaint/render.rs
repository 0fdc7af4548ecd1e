//! Complaints as a compiler shows them: file, line, column, the line itself, what would be right.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{At, Complaint, Complaints, Severity, Source};

/// A line that is longer is shown in part, so that no message fills the screen.
const LINE_MAX: usize = 160;

/// Of a text with more bytes than this between two places, or in one line, nothing is shown: only looking through it
/// would take longer than all else.
const EXCERPT_MAX: usize = 1 << 14;

impl Complaints {
    /// The messages, one below the other; with colours for a terminal if `colour`.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(LINE_MAX);
        let mut lines = Lines::default();
        let mut text = String::new();
        for complaint in &self.list {
            text += &renderer.render(&[self.group(complaint, &mut lines)]);
            text += "\n\n";
        }
        for (severity, more) in self.more.told() {
            text += &renderer.render(&[Group::with_title(level(severity).primary_title(more))]);
            text += "\n\n";
        }
        text.truncate(text.trim_end().len() + usize::from(!text.is_empty()));
        text
    }

    fn group<'c>(&'c self, complaint: &'c Complaint, lines: &mut Lines) -> Group<'c> {
        let title = level(complaint.severity).primary_title(complaint.what.as_str());
        let mut group = Group::with_title(title);
        let Some(at) = complaint.at.filter(|at| at.source < self.sources.len()) else {
            return group.element(Level::HELP.message(complaint.mend.as_str()));
        };
        let is_near = |other: At| {
            let all = at.start.min(other.start)..at.end.max(other.end);
            other.source == at.source && self.sources[at.source].lines(&all).len() <= EXCERPT_MAX
        };
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            complaint.also.iter().partition(|(other, _)| is_near(*other));
        let marks =
            here.into_iter().map(|(at, label)| (*at, label.as_str(), AnnotationKind::Context));
        let first = (at, complaint.mend.as_str(), AnnotationKind::Primary);
        let marks: Vec<Mark<'_>> = [first].into_iter().chain(marks).collect();
        group = self.marked(group, &marks, lines);
        for (at, label) in elsewhere {
            group = self.marked(group, &[(*at, label.as_str(), AnnotationKind::Context)], lines);
        }
        match &complaint.note {
            Some(note) => group.element(Level::NOTE.message(note.as_str())),
            None => group,
        }
    }

    /// Adds the lines of a text with some places marked, or says where they are if the lines are too long.
    fn marked<'c>(&'c self, group: Group<'c>, marks: &[Mark<'c>], lines: &mut Lines) -> Group<'c> {
        let number = marks[0].0.source;
        let source = &self.sources[number];
        let ranges: Vec<Range<usize>> = marks.iter().map(|(at, ..)| source.range(*at)).collect();
        let start = ranges.iter().map(|range| range.start).min().unwrap_or(0);
        let end = ranges.iter().map(|range| range.end).max().unwrap_or(0);
        let shown = source.lines(&(start..end));
        let line = lines.number(number, source, shown.start);
        // Two that are near may stand on either side.
        if shown.len() > 2 * EXCERPT_MAX {
            let column = source.text[shown.start..ranges[0].start].chars().count() + 1;
            let origin = Origin::path(source.name.as_str()).line(line).char_column(column);
            return group.element(origin).element(Level::HELP.message(marks[0].1));
        }
        let annotations = marks.iter().zip(ranges).map(|((_, label, kind), range)| {
            kind.span(range.start - shown.start..range.end - shown.start).label(*label)
        });
        let snippet = Snippet::source(&source.text[shown.clone()]).line_start(line);
        group.element(snippet.path(source.name.as_str()).annotations(annotations))
    }
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    }
}

/// A place, what is said of it, and whether the complaint is about it.
type Mark<'c> = (At, &'c str, AnnotationKind);

impl Source {
    /// The bytes of a place, such that they are whole letters of one line and at least one.
    fn range(&self, at: At) -> Range<usize> {
        let text = &self.text;
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

    /// The whole lines around some bytes, to their ends.
    fn lines(&self, bytes: &Range<usize>) -> Range<usize> {
        let text = self.text.as_bytes();
        let (start, end) = (bytes.start.min(text.len()), bytes.end.min(text.len()));
        let before = text[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let behind = text[end..].iter().position(|byte| *byte == b'\n');
        before..behind.map_or(text.len(), |length| end + length + 1)
    }
}

/// Where lines were counted to, in each source: what comes in the order of the text is counted once.
#[derive(Default)]
struct Lines(Vec<(usize, usize)>);

impl Lines {
    /// The number of the line that begins at a byte, from 1.
    fn number(&mut self, number: usize, source: &Source, start: usize) -> usize {
        if self.0.len() <= number {
            self.0.resize(number + 1, (0, 1));
        }
        let counted = &mut self.0[number];
        if counted.0 > start {
            *counted = (0, 1);
        }
        let more = source.text.as_bytes()[counted.0..start].iter().filter(|byte| **byte == b'\n');
        *counted = (start, counted.1 + more.count());
        counted.1
    }
}
