//! Whether the values of a sweep fit the rest of the scenario.
//!
//! Each value is tried in the whole scenario with the first of all others, not each point: of those there may
//! be a million. What is tried is a point of the sweep, so that what is found fails there too.

use super::sweep::Place;
use super::{Checks, all, settle};
use crate::complaint::{At, Complaint, Severity};
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::Setting;
use crate::tables::Axis;
use crate::{Care, Overrides, Scenario};

/// Axes that go together, where each stands, and the number of the value that stands for all while others
/// are tried.
struct Group<'s> {
    axes: Vec<(&'s Axis, &'s Place)>,
    stands: usize,
}

impl Group<'_> {
    fn length(&self) -> usize {
        self.axes.iter().map(|(axis, _)| axis.values.len()).min().unwrap_or(0)
    }

    /// The values behind the one that stands for all. A range is written at one place; its end stands for
    /// what lies between.
    fn others(&self) -> impl Iterator<Item = usize> + use<> {
        let (stands, length) = (self.stands, self.length());
        let ranges = self.axes.iter().all(|(_, (_, values_at))| values_at.len() == 1);
        (stands + 1..length).filter(move |number| !ranges || number + 1 == length)
    }
}

impl Checks<'_, '_> {
    /// Tries each value. `bare` is the scenario without the sweep.
    pub(super) fn points(&mut self, bare: &Item, places: &[Place]) {
        let scenario = self.scenario;
        let sweep = &scenario.sweep;
        let mut groups: Vec<Group<'_>> = Vec::new();
        for axes in sweep.groups() {
            let mut group = Group {
                axes: axes
                    .into_iter()
                    .filter_map(|axis| {
                        let number = sweep.axes.iter().position(|it| std::ptr::eq(it, axis))?;
                        let place = places.get(number)?;
                        (!self.cx.broken([place.0])).then_some((axis, place))
                    })
                    .collect(),
                stands: 0,
            };
            let is_broken = |number: usize| {
                self.cx.broken(group.axes.iter().map(|(_, place)| value_at(place, number)))
            };
            // Without one that could be read, the key is as the file has it.
            if let Some(first) = (0..group.length()).find(|number| !is_broken(*number)) {
                group.stands = first;
                groups.push(group);
            }
        }
        // What was not said of the scenario itself is to be said of the points.
        let known = if self.cx.care.base { self.errors(bare, &[]) } else { Vec::new() };
        let known: Vec<_> = known.into_iter().map(|it| (it.at, it.what)).collect();
        let mut tried = vec![false; groups.len()];
        let firsts = |groups: &[Group<'_>]| groups.iter().map(|it| it.stands).collect::<Vec<_>>();
        let first = firsts(&groups);
        if let Some(culprit) = self.try_point(bare, &groups, &first, None, &known) {
            // Beside it everything would fail: another of its values stands for all.
            tried[culprit] = true;
            match self.try_values(bare, &groups, culprit, &known) {
                Some(right) => groups[culprit].stands = right,
                None => return,
            }
        }
        for number in (0..groups.len()).filter(|number| !tried[*number]) {
            self.try_values(bare, &groups, number, &known);
        }
    }

    /// Tries the values of one group behind its first; the first of them that is right.
    fn try_values(
        &mut self,
        bare: &Item,
        groups: &[Group<'_>],
        group: usize,
        known: &[(Option<At>, String)],
    ) -> Option<usize> {
        let mut right = None;
        for number in groups[group].others() {
            if self.cx.has_enough() {
                break;
            }
            let mut point: Vec<usize> = groups.iter().map(|group| group.stands).collect();
            point[group] = number;
            if self.try_point(bare, groups, &point, Some(group), known).is_none() {
                right = right.or(Some(number));
            }
        }
        right
    }

    /// Tries a point, and complains at the value of `group`, or of the one that the error is about. Says which
    /// that is.
    fn try_point(
        &mut self,
        bare: &Item,
        groups: &[Group<'_>],
        point: &[usize],
        group: Option<usize>,
        known: &[(Option<At>, String)],
    ) -> Option<usize> {
        let mut sets = Vec::new();
        for (number, (group, &value)) in groups.iter().zip(point).enumerate() {
            sets.extend(group.axes.iter().map(|(axis, place)| {
                (number, axis.path.as_str(), &axis.values[value], value_at(place, value))
            }));
        }
        let values: Vec<_> = sets.iter().map(|(_, path, value, _)| (*path, *value)).collect();
        let errors = self.errors(bare, &values);
        let is_new =
            |it: &Complaint| !known.iter().any(|(at, what)| it.at == *at && it.what == *what);
        let error = errors.into_iter().find(is_new)?;
        let before = self.cx.complaints.sources.len();
        let places = error.at.into_iter().chain(error.also.iter().map(|(at, _)| *at));
        let set = places.filter_map(|at| at.source.checked_sub(before)).find(|number| {
            sets.get(*number).is_some_and(|(of, ..)| group.is_none_or(|group| group == *of))
        });
        let of_group = || sets.iter().position(|(of, ..)| *of == group.unwrap_or(0));
        let number = set.or_else(of_group)?;
        let (of, path, value, at) = sets[number];
        let mut complaint =
            Complaint::error(at, format!("`{path}` = {value}: {}", error.what), error.mend);
        let in_file = |at: &At| at.source < before;
        complaint.also.extend(error.at.filter(in_file).map(|at| (at, "here".to_owned())));
        complaint.also.extend(error.also.into_iter().filter(|(at, _)| in_file(at)));
        let beside: Vec<String> = (sets.iter().enumerate())
            .filter(|(other, _)| *other != number)
            .map(|(_, (_, path, value, _))| format!("`{path}` = {value}"))
            .collect();
        complaint.note = (!beside.is_empty()).then(|| format!("with {}", beside.join(", ")));
        self.complain(complaint);
        Some(of)
    }

    /// What is wrong with the scenario when these are set. A place of the n-th set is in the n-th source behind
    /// those that are there.
    fn errors(&self, bare: &Item, sets: &[(&str, &toml::Value)]) -> Vec<Complaint> {
        let care = Care { points: false, base: true, ..self.cx.care };
        let mut cx = Reading::with(self.cx.shelf, self.cx.strategies.clone(), care);
        cx.complaints.sources.clone_from(&self.cx.complaints.sources);
        let mut overrides = Overrides::none();
        for (path, value) in sets {
            overrides.set(path, value);
        }
        let mut document = bare.clone();
        overrides.apply(&mut document, &mut cx);
        let mut scenario = Scenario::read(&document, &mut cx).unwrap_or_default();
        settle(&mut scenario, &mut cx);
        all(&scenario, &document, &mut cx);
        cx.complaints.list.retain(|it| it.severity == Severity::Error);
        cx.complaints.list
    }
}

/// Where a value stands; those of a range all at one place.
fn value_at((key_at, values_at): &Place, number: usize) -> At {
    values_at.get(number).or(values_at.last()).copied().unwrap_or(*key_at)
}
