//! Drawing a canvas: as SVG text, and as PNG.

use std::fmt::Write;
use std::sync::Once;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontFamily, FontStyle, FontTransform, RGBAColor, RGBColor, ShapeStyle, TextStyle,
    register_font,
};

use super::canvas::{Anchor, Canvas, Layer, Paint, Point, Shape, Text};

/// Plotters' backends count in whole units: so many make a pixel in SVG.
pub(crate) const UNITS: f64 = 4.0;
/// And so many pixels of a PNG, so that it is sharp in print.
const PNG_UNITS: f64 = 2.0;

/// In SVG whatever the reader's machine has; in PNG ours, DejaVu Sans cut down to Latin letters.
const FAMILY: &str = "sans-serif";
static PLAIN: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");
static BOLD: &[u8] = include_bytes!("../../assets/DejaVuSans-Bold.ttf");

impl Canvas {
    /// As an SVG of its own: the same plot, the same bytes.
    pub(crate) fn svg(&self) -> String {
        let (width, height) = (self.width, self.height);
        let (wide, high) = (width * UNITS, height * UNITS);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {wide} {high}\" role=\"img\" class=\"plot\" id=\"plot-{}\"",
            self.name
        );
        if let Some(zoom) = self.zoom {
            let [left, right, top, bottom] =
                [zoom.left, zoom.right, zoom.top, zoom.bottom].map(|it| it * UNITS);
            let _ = write!(
                svg,
                " data-zoom=\"{left} {right} {top} {bottom} {} {}\"",
                zoom.from, zoom.to
            );
        }
        let _ = write!(
            svg,
            ">\n<title>{}</title>\n<desc>{}</desc>\n",
            escaped(&self.title),
            escaped(&self.says)
        );
        let mut rest = self.shapes.as_slice();
        while let Some(&(layer, _)) = rest.first() {
            let end = rest.iter().position(|&(other, _)| other != layer).unwrap_or(rest.len());
            let (group, after) = rest.split_at(end);
            rest = after;
            let mut drawn = String::new();
            let mut backend = SVGBackend::with_string(&mut drawn, (wide as u32, high as u32));
            draw(group, &mut backend, UNITS, 1.24, 0.0);
            drop(backend);
            // Its own root goes: the groups of all layers stand in one.
            let inner = drawn.split_once(">\n").map_or("", |(_, inner)| inner);
            let inner = inner.strip_suffix("</svg>\n").unwrap_or(inner);
            let inner = inner.replace(" opacity=\"1\"", "").replace(" stroke=\"none\"", "");
            if layer == Layer::Still {
                svg += &inner;
            } else {
                let _ = write!(svg, "<g class=\"{}\">\n{inner}</g>\n", layer.name());
            }
        }
        svg + "</svg>\n"
    }

    /// As PNG.
    pub(crate) fn png(&self) -> Vec<u8> {
        static FONTS: Once = Once::new();
        FONTS.call_once(|| {
            for (style, font) in [(FontStyle::Normal, PLAIN), (FontStyle::Bold, BOLD)] {
                assert!(register_font(FAMILY, style, font).is_ok(), "the font is whole");
            }
        });
        let (wide, high) = ((self.width * PNG_UNITS) as u32, (self.height * PNG_UNITS) as u32);
        let mut pixels = vec![255; wide as usize * high as usize * 3];
        let mut backend = BitMapBackend::with_buffer(&mut pixels, (wide, high));
        // ab_glyph's size is from the highest to the lowest letter.
        // Its middle of a line is above that of the letters.
        draw(&self.shapes, &mut backend, PNG_UNITS, 2384.0 / 2048.0, 0.13);
        drop(backend);
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, wide, high);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().expect("memory takes everything");
        writer.write_image_data(&pixels).expect("there are as many pixels as it says");
        writer.finish().expect("memory takes everything");
        file
    }
}

/// Draws shapes with so many units for a pixel. Sizes of fonts are in the backend's measure, and its words
/// sink by a part of their size.
fn draw<B: DrawingBackend>(
    shapes: &[(Layer, Shape)],
    backend: &mut B,
    units: f64,
    font: f64,
    sink: f64,
) {
    let place = |(x, y): Point| ((x * units).round() as i32, (y * units).round() as i32);
    let style = |paint: Paint, width: f64| ShapeStyle {
        color: colour(paint),
        filled: false,
        stroke_width: (width * units).round().max(1.0) as u32,
    };
    for (_, shape) in shapes {
        let done = match shape {
            Shape::Rect(from, to, paint) => {
                let (from, mut to) = (place(*from), place(*to));
                // However short it was: it is seen.
                (to.0, to.1) = (to.0.max(from.0 + 1), to.1.max(from.1 + 1));
                backend.draw_rect(from, to, &style(*paint, 1.0), true)
            }
            Shape::Path(points, paint, width) => {
                backend.draw_path(points.iter().copied().map(place), &style(*paint, *width))
            }
            Shape::Polygon(points, paint) => {
                backend.fill_polygon(points.iter().copied().map(place), &style(*paint, 1.0))
            }
            Shape::Text(text) => {
                let (x, y) = text.at;
                let off = text.size * sink;
                let at = if text.turned { (x + off, y) } else { (x, y + off) };
                backend.draw_text(&text.words, &letters(text, units * font), place(at))
            }
        };
        assert!(done.is_ok(), "memory takes everything");
    }
}

fn letters(text: &Text, scale: f64) -> TextStyle<'static> {
    let style = if text.bold { FontStyle::Bold } else { FontStyle::Normal };
    let turn = if text.turned { FontTransform::Rotate270 } else { FontTransform::None };
    let font = (FontFamily::Name(FAMILY), text.size * scale, style);
    let font: plotters::style::FontDesc<'static> = font.into();
    let side = match text.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let colour = RGBColor(text.colour.0, text.colour.1, text.colour.2);
    let (font, pos) = (font.transform(turn), Pos::new(side, VPos::Center));
    TextStyle { font, color: colour.to_backend_color(), pos }
}

fn colour(Paint { colour, opacity }: Paint) -> RGBAColor {
    RGBColor(colour.0, colour.1, colour.2).mix(opacity)
}

/// As it stands in XML and HTML, also between quotes. Control letters, which neither may hold, are left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            '\n' | '\t' => safe.push(letter),
            letter if letter.is_control() => {}
            letter => safe.push(letter),
        }
    }
    safe
}
