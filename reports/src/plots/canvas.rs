//! The canvas: what a plot is made of, in pixels, before anything draws it. So that tests can see whether
//! labels overlap, and one layout serves SVG and PNG.

use super::style::{self, Colour, INK, PAPER, SMALL, TITLE};

/// A point, in pixels from the upper left.
pub(crate) type Point = (f64, f64);

/// A colour and how much of it covers what is below.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    pub(crate) colour: Colour,
    pub(crate) opacity: f64,
}

impl Colour {
    /// Covers everything below.
    pub(crate) const fn full(self) -> Paint {
        Paint { colour: self, opacity: 1.0 }
    }

    /// Lets some of what is below through.
    pub(crate) const fn thin(self, opacity: f64) -> Paint {
        Paint { colour: self, opacity }
    }
}

/// Which side of a text its point is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Words. Their point is in the middle of their height.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) at: Point,
    pub(crate) words: String,
    pub(crate) size: f64,
    pub(crate) anchor: Anchor,
    pub(crate) bold: bool,
    pub(crate) colour: Colour,
    /// Read from below to above.
    pub(crate) turned: bool,
}

impl Text {
    /// Small words in ink.
    pub(crate) fn small(at: Point, anchor: Anchor, words: impl Into<String>) -> Text {
        let (words, colour) = (words.into(), INK);
        Text { at, words, size: SMALL, anchor, bold: false, colour, turned: false }
    }

    /// Its box: left, top, right, bottom.
    pub(crate) fn bounds(&self) -> [f64; 4] {
        let long = style::width(&self.words, self.size, self.bold);
        let before = match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => long / 2.0,
            Anchor::End => long,
        };
        let (half, (x, y)) = (self.size * 0.55, self.at);
        if self.turned {
            [x - half, y + before - long, x + half, y + before]
        } else {
            [x - before, y - half, x - before + long, y + half]
        }
    }
}

/// Something drawn.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// Filled, from its upper left to its lower right.
    Rect(Point, Point, Paint),
    /// A line through points, so wide.
    Path(Vec<Point>, Paint, f64),
    /// Filled.
    Polygon(Vec<Point>, Paint),
    /// Words.
    Text(Text),
}

/// What happens to a shape when the plot is zoomed in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// It stays.
    Still,
    /// It is stretched.
    Moving,
    /// Its point moves; its words keep their form.
    Riding,
    /// The ticks of the time axis: others take its place.
    Ticks,
}

impl Layer {
    /// What the page calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Layer::Still => "still",
            Layer::Moving => "moving",
            Layer::Riding => "riding",
            Layer::Ticks => "ticks",
        }
    }
}

/// The part of a plot that runs over time: its place in pixels, and what time that is, in the axis's unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    pub(crate) from: f64,
    pub(crate) to: f64,
}

/// A plot, laid out.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    /// The file's name, without what follows the dot.
    pub(crate) name: &'static str,
    /// Its title.
    pub(crate) title: String,
    /// What it shows, in words, for those who don't see it.
    pub(crate) says: String,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) shapes: Vec<(Layer, Shape)>,
    /// Where it can be zoomed.
    pub(crate) zoom: Option<Window>,
    layer: Layer,
}

impl Canvas {
    /// White paper with a title on it, that of the run below it.
    pub(crate) fn new(
        name: &'static str,
        title: &str,
        run: &str,
        width: f64,
        height: f64,
    ) -> Canvas {
        let mut canvas = Canvas {
            name,
            title: title.to_owned(),
            says: String::new(),
            width,
            height,
            shapes: Vec::new(),
            zoom: None,
            layer: Layer::Still,
        };
        canvas.rect((0.0, 0.0), (width, height), PAPER.full());
        let room = width - 32.0;
        let heading = style::fitted(title, TITLE, true, room);
        let first = Text::small((16.0, 20.0), Anchor::Start, heading);
        canvas.text(Text { size: TITLE, bold: true, ..first });
        let run = style::fitted(run, SMALL, false, room);
        let second = Text::small((16.0, 39.0), Anchor::Start, run);
        canvas.text(Text { colour: style::MUTED, ..second });
        canvas
    }

    /// What is drawn from now on is of this layer.
    pub(crate) fn on(&mut self, layer: Layer) -> &mut Canvas {
        self.layer = layer;
        self
    }

    pub(crate) fn rect(&mut self, from: Point, to: Point, paint: Paint) {
        self.shapes.push((self.layer, Shape::Rect(from, to, paint)));
    }

    pub(crate) fn line(&mut self, from: Point, to: Point, paint: Paint, width: f64) {
        self.path(&[from, to], paint, width);
    }

    pub(crate) fn path(&mut self, points: &[Point], paint: Paint, width: f64) {
        self.shapes.push((self.layer, Shape::Path(stairs(points), paint, width)));
    }

    pub(crate) fn polygon(&mut self, points: Vec<Point>, paint: Paint) {
        self.shapes.push((self.layer, Shape::Polygon(points, paint)));
    }

    pub(crate) fn text(&mut self, mut text: Text) {
        // Titles come from scenarios; XML has no place for what can't be seen.
        text.words
            .retain(|letter| !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}'));
        self.shapes.push((self.layer, Shape::Text(text)));
    }

    /// Small words in ink.
    pub(crate) fn small(&mut self, at: Point, anchor: Anchor, words: impl Into<String>) {
        self.text(Text::small(at, anchor, words));
    }

    /// Small words in grey, cut off where they would run off the plot.
    pub(crate) fn note(&mut self, at: Point, words: &str) {
        let words = style::fitted(words, SMALL, false, self.width - at.0 - 8.0);
        self.text(Text { colour: style::MUTED, ..Text::small(at, Anchor::Start, words) });
    }

    /// A heading in bold.
    pub(crate) fn heading(&mut self, at: Point, words: &str) {
        let text = Text::small(at, Anchor::Start, words);
        self.text(Text { size: style::HEADING, bold: true, ..text });
    }

    /// A coloured square and what it stands for; gives where the next may begin.
    pub(crate) fn key(&mut self, at: Point, paint: Paint, words: &str) -> f64 {
        let (x, y) = at;
        self.rect((x, y - 5.0), (x + 10.0, y + 5.0), paint);
        self.small((x + 15.0, y), Anchor::Start, words);
        x + 15.0 + style::width(words, SMALL, false) + 16.0
    }
}

/// The same without points that are there twice or lie on the way of stairs: plotters bends thick lines
/// at them.
fn stairs(points: &[Point]) -> Vec<Point> {
    let near = |a: f64, b: f64| (a - b).abs() < 0.05;
    let mut kept: Vec<Point> = Vec::new();
    for &point in points {
        if let [.., one, two] = kept[..] {
            let across = near(one.1, two.1) && near(two.1, point.1);
            let down = near(one.0, two.0) && near(two.0, point.0);
            if across || down {
                kept.pop();
            }
        }
        if kept.last().is_none_or(|last| !near(last.0, point.0) || !near(last.1, point.1)) {
            kept.push(point);
        }
    }
    // A line without a length is a point, and a path has two.
    while kept.len() < points.len().min(2) {
        kept.push(points[points.len() - 1]);
    }
    kept
}

#[cfg(test)]
impl Canvas {
    /// What is wrong with it: numbers that are none, labels cut off or over each other.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let inside = |(x, y): Point| {
            x >= -0.01 && y >= -0.01 && x <= self.width + 0.01 && y <= self.height + 0.01
        };
        let mut texts: Vec<&Text> = Vec::new();
        for (_, shape) in &self.shapes {
            let points = match shape {
                Shape::Rect(from, to, _) => vec![*from, *to],
                Shape::Path(points, ..) | Shape::Polygon(points, _) => points.clone(),
                Shape::Text(text) => {
                    let [left, top, right, bottom] = text.bounds();
                    texts.push(text);
                    vec![(left, top), (right, bottom)]
                }
            };
            if !points.iter().copied().all(inside) {
                faults.push(format!("outside, or no number: {shape:?}"));
            }
        }
        for (place, one) in texts.iter().enumerate() {
            for other in &texts[place + 1..] {
                let ([a, b, c, d], [e, f, g, h]) = (one.bounds(), other.bounds());
                if a < g && e < c && b < h && f < d {
                    faults
                        .push(format!("{:?} is over {:?} at {:?}", one.words, other.words, one.at));
                }
            }
        }
        faults
    }

    /// All its words.
    pub(crate) fn words(&self) -> Vec<&str> {
        let text = |(_, shape): &'_ (Layer, Shape)| matches!(shape, Shape::Text(_));
        let texts = self.shapes.iter().filter(|it| text(it));
        texts
            .map(|(_, shape)| match shape {
                Shape::Text(text) => text.words.as_str(),
                _ => "",
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stairs_keep_their_corners_only() {
        let all =
            [(0.0, 1.0), (1.0, 1.0), (1.0, 1.0), (2.0, 1.0), (2.0, 4.0), (2.0, 4.0), (3.0, 4.0)];
        assert_eq!(stairs(&all), [(0.0, 1.0), (2.0, 1.0), (2.0, 4.0), (3.0, 4.0)]);
        // A slope stays.
        assert_eq!(stairs(&[(0.0, 0.0), (5.0, 5.0)]), [(0.0, 0.0), (5.0, 5.0)]);
        assert_eq!(stairs(&[(1.0, 1.0), (1.0, 1.0)]).len(), 2);
    }
}
