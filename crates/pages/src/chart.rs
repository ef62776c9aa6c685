//! Counts over time as bars, and as a table for those who do not see them.

use crate::{
    count::grouped,
    line,
    status::Tone,
    time::{in_utc, minute, rfc3339},
};
use maud::{Markup, html};
use time::OffsetDateTime;

/// The counts of a span of time.
pub struct Bar {
    /// When the span begins.
    pub start: OffsetDateTime,
    /// When it ends.
    pub end: OffsetDateTime,
    /// Where the bar leads.
    pub address: String,
    /// How often each status was counted.
    pub counts: Vec<(String, u64)>,
}

/// In units of the drawing, which is stretched to the room that there is.
const HEIGHT: f64 = 100.0;
const WIDTH: f64 = 1000.0;

impl Bar {
    fn sum(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// How much there is of each tone, the worst first.
    fn tones(&self) -> impl Iterator<Item = (Tone, u64)> {
        Tone::ALL.into_iter().map(|tone| {
            let of_tone = self.counts.iter();
            let of_tone = of_tone.filter(move |(status, _)| Tone::of(status) == tone);
            (tone, of_tone.map(|(_, count)| count).sum())
        })
    }

    fn words(&self) -> String {
        let counts = self.counts.iter();
        let counts = counts.map(|(status, count)| format!("{} {status}", grouped(*count)));
        counts.collect::<Vec<_>>().join(", ")
    }
}

/// Where a time that is chosen from a chart leads.
pub struct Spans<'a> {
    /// The address, which takes `from` and `to`.
    pub action: &'a str,
    /// What else it takes.
    pub further: Markup,
}

/// A chart of these bars, which follow each other in time. Some that follow each other are chosen in the table, or by the
/// script in the drawing.
pub fn bars(bars: &[Bar], spans: &Spans<'_>) -> Markup {
    let most = bars.iter().map(Bar::sum).max().unwrap_or_default();
    let (first, last) = (bars.first(), bars.last());
    html! {
        figure.chart {
            div.plot data-bars {
                span.most { (grouped(most)) }
                (drawing(bars, most))
            }
            div.axis aria-hidden="true" {
                @if let (Some(first), Some(last)) = (first, last) {
                    (axis(first.start))
                    @if let Some(middle) = bars.get(bars.len() / 2).filter(|_| bars.len() > 8) {
                        (axis(middle.start))
                    }
                    (axis(last.end))
                }
            }
            (table(bars, spans))
        }
    }
}

/// A point of the axis, to the minute.
fn axis(at: OffsetDateTime) -> Markup {
    html! { time datetime=(rfc3339(at)) data-form="axis" { (minute(at)) } }
}

fn drawing(bars: &[Bar], most: u64) -> Markup {
    let width = WIDTH / bars.len().max(1) as f64;
    let gap = (width * 0.12).min(2.0);
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
            @for (place, bar) in bars.iter().enumerate() {
                a href=(bar.address) tabindex="-1" {
                    title { (bar_title(bar)) }
                    rect.back x=(short(place as f64 * width)) y="0" width=(short(width)) height=(HEIGHT) {}
                    @for (class, y, height) in stacked(bar, most) {
                        rect class=(class) x=(short(place as f64 * width + gap / 2.0)) y=(short(y))
                            width=(short(width - gap)) height=(short(height)) {}
                    }
                }
            }
        }
    }
}

fn bar_title(bar: &Bar) -> String {
    let words = bar.words();
    match words.is_empty() {
        true => format!("{}: nothing", in_utc(bar.start)),
        false => format!("{}: {words}", in_utc(bar.start)),
    }
}

/// The class, the place and the height of each part of a bar. What is there at all can be seen.
fn stacked(bar: &Bar, most: u64) -> Vec<(&'static str, f64, f64)> {
    let mut bottom = HEIGHT;
    let parts = bar.tones().filter(|(_, count)| *count > 0);
    parts
        .map(|(tone, count)| {
            let height = (count as f64 / most.max(1) as f64 * (HEIGHT - 8.0)).max(1.5);
            bottom = (bottom - height).max(0.0);
            (tone.class(), bottom, height)
        })
        .collect()
}

fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn table(bars: &[Bar], spans: &Spans<'_>) -> Markup {
    let counted: Vec<_> = bars.iter().filter(|bar| bar.sum() > 0).collect();
    html! {
        details.as-table {
            summary { "Counts as a table" }
            form method="get" action=(spans.action) {
                (spans.further)
                (rows(&counted))
                button type="submit" { "Show from the first to the last" }
            }
        }
    }
}

fn rows(counted: &[&Bar]) -> Markup {
    let choice = |name: &str, at: OffsetDateTime, is_chosen: bool| {
        let time = rfc3339(at);
        html! { label.pick { input type="radio" name=(name) value=(time) checked[is_chosen] aria-label={ (name) " " (time) }; } }
    };
    html! {
            div.table {
                table {
                    thead {
                        tr {
                            th scope="col" { "From" }
                            th scope="col" { "First" }
                            th scope="col" { "Last" }
                            th.number scope="col" { "Entries" }
                            th scope="col" { "By status" }
                        }
                    }
                    tbody {
                        @for (place, bar) in counted.iter().enumerate() {
                            tr {
                                th scope="row" { a href=(bar.address) { (minute(bar.start)) } }
                                td { (choice("from", bar.start, place == 0)) }
                                td { (choice("to", bar.end, place + 1 == counted.len())) }
                                td.number { (grouped(bar.sum())) }
                                td { (line(&bar.words())) }
                            }
                        }
                    }
                }
            }
    }
}

/// A row of small bars, one for each part of a time: how many went well, and how many did not.
pub fn sparkline(counts: &[(u64, u64)], label: &str) -> Markup {
    let most = counts.iter().map(|(well, badly)| well + badly).max();
    let most = most.unwrap_or_default().max(1) as f64;
    let width = 4.0;
    html! {
        svg.sparkline viewBox={ "0 0 " (counts.len() as f64 * width) " 20" } preserveAspectRatio="none" role="img" aria-label=(label) {
            @for (place, (well, badly)) in counts.iter().enumerate() {
                @let (well, badly) = (*well as f64 / most * 19.0, *badly as f64 / most * 19.0);
                @let x = short(place as f64 * width);
                @if well + badly == 0.0 {
                    rect.none x=(x) y="19" width="3" height="1" {}
                }
                @if badly > 0.0 {
                    rect.bad x=(x) y=(short(20.0 - badly.max(1.5))) width="3" height=(short(badly.max(1.5))) {}
                }
                @if well > 0.0 {
                    rect.good x=(x) y=(short((20.0 - badly - well).max(0.0))) width="3" height=(short(well.max(1.0))) {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};

    #[test]
    fn bars_stand_on_the_ground_and_none_is_too_high() {
        let start = datetime!(2026-03-01 12:00 UTC);
        let bar = |counts: &[(&str, u64)]| Bar {
            start,
            end: start + Duration::HOUR,
            address: "/a?b&c".to_owned(),
            counts: counts
                .iter()
                .map(|(word, count)| ((*word).to_owned(), *count))
                .collect(),
        };
        let high = bar(&[("OK", 900), ("FAILED", 100), ("<b>", 1)]);
        let parts = stacked(&high, high.sum());
        assert_eq!(
            parts.iter().map(|part| part.0).collect::<Vec<_>>(),
            ["bad", "good", "plain"]
        );
        assert!(
            parts
                .iter()
                .all(|(_, y, height)| *y >= 0.0 && y + height <= 100.1),
            "{parts:?}"
        );
        assert_eq!(parts[0].1 + parts[0].2, 100.0);
        let spans = Spans {
            action: "/a",
            further: html! {},
        };
        let chart = bars(&[high, bar(&[])], &spans).into_string();
        assert!(chart.contains("900 OK, 100 FAILED, 1 &lt;b&gt;") && !chart.contains("<b>"));
        assert!(chart.contains("href=\"/a?b&amp;c\""), "{chart}");
        assert_eq!(chart.matches("type=\"radio\"").count(), 2, "{chart}");
    }
}
