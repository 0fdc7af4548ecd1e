//! How plots look: colours that colour-blind eyes tell apart, sizes, and how wide a text is.

/// A colour: red, green, blue. Each is written into the SVG as it stands, so that a page can give those of
/// paper and ink another value in the dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);

/// What everything stands on.
pub(crate) const PAPER: Colour = Colour(255, 255, 255);
/// Axes and words.
pub(crate) const INK: Colour = Colour(26, 26, 26);
/// Words beside the point.
pub(crate) const MUTED: Colour = Colour(89, 89, 89);
/// Lines of the grid.
pub(crate) const GRID: Colour = Colour(222, 222, 222);
/// The ground of a lane.
pub(crate) const GROUND: Colour = Colour(240, 240, 240);

// Okabe and Ito's palette; their yellow is too light for paper.
/// What went well.
pub(crate) const BLUE: Colour = Colour(0, 114, 178);
/// What went wrong.
pub(crate) const VERMILION: Colour = Colour(213, 94, 0);
/// What is between the two.
pub(crate) const ORANGE: Colour = Colour(230, 159, 0);
/// Another thing.
pub(crate) const GREEN: Colour = Colour(0, 158, 115);
/// Another thing still.
pub(crate) const PURPLE: Colour = Colour(204, 121, 167);
/// Near to blue: not beside it.
pub(crate) const SKY: Colour = Colour(86, 180, 233);

/// The size of a title, in pixels.
pub(crate) const TITLE: f64 = 16.0;
/// The size of a heading of a part.
pub(crate) const HEADING: f64 = 13.0;
/// The size of all other words.
pub(crate) const SMALL: f64 = 11.0;

/// How wide a text is at most. Measured in DejaVu Sans, which is wider than what browsers take for
/// `sans-serif` elsewhere; what it does not have counts as a square.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let advances = if bold { &BOLD } else { &PLAIN };
    let of = |letter: char| {
        let place = (letter as usize).checked_sub(0x20);
        place.and_then(|place| advances.get(place)).map_or(1000, |&advance| u32::from(advance))
    };
    f64::from(text.chars().map(of).sum::<u32>()) * size / 1000.0
}

/// A text that is at most so wide: what does not fit is cut off, and three points say so.
pub(crate) fn fitted(text: &str, size: f64, bold: bool, most: f64) -> String {
    if width(text, size, bold) <= most {
        return text.to_owned();
    }
    let mut cut = String::new();
    for letter in text.chars() {
        cut.push(letter);
        if width(&cut, size, bold) + width("…", size, bold) > most {
            cut.pop();
            break;
        }
    }
    cut.truncate(cut.trim_end().len());
    cut + "…"
}

/// A name on so many lines at most, each so wide at most: it is broken after its commas and colons.
pub(crate) fn broken(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in text.split_inclusive([',', ':']) {
        let line = &lines[lines.len() - 1];
        let fits = width(&format!("{line}{piece}"), size, false) <= room;
        if fits || line.is_empty() || lines.len() >= most {
            lines.last_mut().expect("there is one").push_str(piece);
        } else {
            lines.push(piece.to_owned());
        }
    }
    lines.iter().map(|line| fitted(line, size, false, room)).collect()
}

/// Advances of U+0020 to U+007E in DejaVu Sans, in thousandths of its size.
#[rustfmt::skip]
const PLAIN: [u16; 95] = [318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
    636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770,
    632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611,
    685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634,
    612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838];

/// The same in bold.
#[rustfmt::skip]
const BOLD: [u16; 95] = [348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365,
    696, 696, 696, 696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830,
    683, 683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724,
    725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712,
    687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_and_says_so() {
        assert!((width("g12", 10.0, false) - 19.07).abs() < 1e-9);
        assert_eq!(fitted("gateway", 10.0, false, 100.0), "gateway");
        let cut = fitted("gateway", 10.0, false, 30.0);
        assert_eq!(cut, "gat…");
        assert!(width(&cut, 10.0, false) <= 30.0);
        assert!(width("WWW", 10.0, true) > width("WWW", 10.0, false));
    }

    #[test]
    fn long_names_go_on_in_the_next_line() {
        let name = "chain:gateways.queue=memory,length=4";
        let lines = broken(name, 10.0, 150.0, 3);
        assert_eq!(lines, ["chain:", "gateways.queue=memory,", "length=4"]);
        assert_eq!(broken(name, 10.0, 1000.0, 3), [name]);
        assert_eq!(broken(name, 10.0, 130.0, 1), [fitted(name, 10.0, false, 130.0)]);
    }
}
