use crate::count::grouped;
use maud::{Markup, html};

/// A part of a list that may be too long for one page.
///
/// # Examples
///
/// ```
/// use central_logger_pages::Part;
///
/// let all: Vec<_> = (0..250).collect();
/// let part = Part::of(&all, 3);
/// assert_eq!(part.rows, &all[200..]);
/// let links = part.links(|number| format!("/list?page={number}"));
/// assert!(links.into_string().contains("/list?page=2"));
/// ```
pub struct Part<'a, T> {
    /// What stands on the page.
    pub rows: &'a [T],
    number: usize,
    before: usize,
    all: usize,
}

/// So many rows stand on a page.
const ROWS: usize = 100;

impl<'a, T> Part<'a, T> {
    /// The part of this number, the first of which is 1. Behind the last one of a list, which may have become shorter,
    /// is its last one.
    pub fn of(all: &'a [T], number: usize) -> Self {
        let last = all.len().div_ceil(ROWS).max(1);
        let number = number.clamp(1, last);
        let before = (number - 1) * ROWS;
        let end = all.len().min(before + ROWS);
        Self {
            rows: &all[before..end],
            number,
            before,
            all: all.len(),
        }
    }

    /// Says which part it is, and leads to those beside it, if it is not the whole. `address` is that of a part by its
    /// number.
    pub fn links(&self, address: impl Fn(usize) -> String) -> Markup {
        let end = self.before + self.rows.len();
        let number = |number: usize| grouped(number as u64);
        html! {
            @if self.rows.len() < self.all {
                nav.parts aria-label="Parts of the list" {
                    @if self.number > 1 { a.button href=(address(self.number - 1)) rel="prev" { "Before" } }
                    span.soft { (number(self.before + 1)) " to " (number(end)) " of " (number(self.all)) }
                    @if end < self.all { a.button href=(address(self.number + 1)) rel="next" { "More" } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_of_a_list_one_after_the_other() {
        let all: Vec<_> = (0..201).collect();
        let parts = [1, 2, 3].map(|number| Part::of(&all, number));
        assert_eq!(parts.map(|part| part.rows.len()), [100, 100, 1]);
        for (number, rows) in [
            (0, &all[..100]),
            (4, &all[200..]),
            (usize::MAX, &all[200..]),
        ] {
            assert_eq!(Part::of(&all, number).rows, rows, "{number}");
        }
        assert!(Part::<u8>::of(&[], 1).rows.is_empty());
    }

    #[test]
    fn links_lead_to_the_parts_that_there_are() {
        let all = vec![(); 1_201];
        let links = |number| {
            let links = Part::of(&all, number).links(|number| format!("/?page={number}"));
            links.into_string()
        };
        assert!(links(1).contains("1 to 100 of 1,201") && !links(1).contains("rel=\"prev\""));
        assert!(links(2).contains("\"/?page=1\"") && links(2).contains("\"/?page=3\""));
        assert!(links(13).contains("1,201 to 1,201") && !links(13).contains("rel=\"next\""));
        let whole = Part::of(&all[..100], 1).links(|_| String::new());
        assert_eq!(whole.into_string(), "");
    }
}
