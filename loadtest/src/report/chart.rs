//! Lines in an SVG, without a script: axes, a grid, a legend.

use std::fmt::Write as _;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 260.0;
/// Room for the numbers at the left and below.
const LEFT: f64 = 62.0;
const BELOW: f64 = 34.0;
const ABOVE: f64 = 8.0;
/// Colours of the page's style; more lines share them.
const COLOURS: usize = 8;
/// An axis by powers of ten begins no lower: what is less lies on it.
const LEAST: f64 = 0.1;
/// Points of one line; more would not be seen.
const POINTS_MAX: usize = 600;

/// How an axis runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Axis {
    /// Evenly, from zero.
    Even,
    /// By powers of ten.
    Powers,
}

/// A picture to be drawn.
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    /// What stands at the axes.
    pub(super) x: (&'a str, Axis, fn(f64) -> String),
    pub(super) y: (&'a str, Axis),
    pub(super) lines: Vec<(String, Vec<(f64, f64)>)>,
}

/// One axis with its ends in pixels.
struct Scale {
    axis: Axis,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn new(axis: Axis, values: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Self {
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        match axis {
            Axis::Even => (low, high) = (0.0, if high > 0.0 { high * 1.05 } else { 1.0 }),
            Axis::Powers => {
                low = 10_f64.powf(low.clamp(LEAST, 1e9).log10().floor());
                high = 10_f64.powf(high.max(low * 1.01).log10().ceil());
            }
        }
        Self {
            axis,
            low,
            high,
            from,
            to,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let share = match self.axis {
            Axis::Even => value / self.high,
            Axis::Powers => {
                let value = value.max(self.low);
                (value / self.low).log10() / (self.high / self.low).log10()
            }
        };
        self.from + (self.to - self.from) * share.clamp(0.0, 1.0)
    }

    fn ticks(&self) -> Vec<f64> {
        match self.axis {
            Axis::Even => {
                let rough = self.high / 5.0;
                let power = 10_f64.powf(rough.log10().floor());
                let steps = [1.0, 2.0, 5.0, 10.0];
                let step = steps.iter().map(|n| n * power).find(|step| *step >= rough);
                let step = step.unwrap_or(rough);
                let ticks = (0..=10).map(|n| f64::from(n) * step);
                ticks.take_while(|tick| *tick <= self.high).collect()
            }
            Axis::Powers => {
                let ticks = (0..16).map(|n| self.low * 10_f64.powi(n));
                ticks
                    .take_while(|tick| *tick <= self.high * 1.001)
                    .collect()
            }
        }
    }
}

impl Chart<'_> {
    /// The picture with its legend; a sentence where there is nothing to draw.
    pub(super) fn draw(&self) -> String {
        let mut text = format!("<h3>{}</h3>\n", escape(self.title));
        if self.lines.iter().all(|(_, points)| points.is_empty()) {
            return text + "<p>nothing to draw</p>\n";
        }
        let all = || self.lines.iter().flat_map(|(_, points)| points);
        let x = Scale::new(self.x.1, all().map(|p| p.0), (LEFT, WIDTH - 8.0));
        let y = Scale::new(self.y.1, all().map(|p| p.1), (HEIGHT - BELOW, ABOVE));
        let _ = writeln!(
            text,
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(self.title)
        );
        self.frame(&mut text, &x, &y);
        for (n, (name, points)) in self.lines.iter().enumerate() {
            let step = points.len().div_ceil(POINTS_MAX).max(1);
            let shown = points.iter().step_by(step);
            let way: Vec<_> = shown
                .map(|p| format!("{:.1},{:.1}", x.at(p.0), y.at(p.1)))
                .collect();
            let _ = writeln!(
                text,
                "<polyline class=\"line c{}\" points=\"{}\"><title>{}</title></polyline>",
                n % COLOURS,
                way.join(" "),
                escape(name)
            );
        }
        text += "</svg>\n<p class=\"legend\">";
        for (n, (name, _)) in self.lines.iter().enumerate() {
            let _ = write!(
                text,
                "<span class=\"k c{}\"></span>{} ",
                n % COLOURS,
                escape(name)
            );
        }
        text + "</p>\n"
    }

    fn frame(&self, text: &mut String, x: &Scale, y: &Scale) {
        let (bottom, right) = (HEIGHT - BELOW, WIDTH - 8.0);
        for tick in y.ticks() {
            let at = y.at(tick);
            let _ = writeln!(
                text,
                "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{right}\"/><text x=\"{:.0}\" y=\"{:.1}\" \
                 text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                at + 4.0,
                short(tick)
            );
        }
        for tick in x.ticks() {
            let at = x.at(tick);
            let _ = writeln!(
                text,
                "<path class=\"grid\" d=\"M{at:.1} {ABOVE}V{bottom}\"/><text x=\"{at:.1}\" y=\"{:.0}\" \
                 text-anchor=\"middle\">{}</text>",
                bottom + 15.0,
                (self.x.2)(tick)
            );
        }
        let _ = writeln!(
            text,
            "<text x=\"{right}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>\
             <text x=\"{LEFT}\" y=\"{:.0}\" dx=\"4\" dy=\"6\">{}</text>",
            HEIGHT - 3.0,
            escape(self.x.0),
            ABOVE + 4.0,
            escape(self.y.0)
        );
    }
}

/// A number without needless places.
pub(super) fn short(number: f64) -> String {
    let places = match number.abs() {
        n if n == 0.0 || n >= 10.0 => 0,
        n if n >= 1.0 => 1,
        n if n >= 0.1 => 2,
        n if n >= 0.01 => 3,
        _ => 4,
    };
    let text = format!("{number:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Text that stands in a page as it is.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_between_its_powers() {
        let scale = Scale::new(Axis::Powers, [0.5, 80.0].into_iter(), (0.0, 300.0));
        assert_eq!(scale.ticks().len(), 4, "0.1, 1, 10, 100");
        assert!((scale.at(1.0) - 100.0).abs() < 1e-6);
        let even = Scale::new(Axis::Even, [0.0, 100.0].into_iter(), (200.0, 0.0));
        assert_eq!(even.ticks(), [0.0, 50.0, 100.0]);
        assert!((even.at(0.0) - 200.0).abs() < 1e-6);
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.001, 0.25, 1.0, 1.5, 1_000.0].map(short);
        assert_eq!(shown, ["0", "0.001", "0.25", "1", "1.5", "1000"]);
    }
}
