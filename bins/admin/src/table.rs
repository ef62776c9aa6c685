use central_logger_text::shown;
use comfy_table::{Table, presets};

/// A table without lines, as terminals have them.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header);
    for row in rows {
        table.add_row(row.map(|cell| shown(&cell).into_owned()));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<_> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_text::is_obeyed;

    #[test]
    fn a_cell_stays_in_its_line() {
        let hostile = "Evil\u{1b}[2J\nStatus active\u{9b}\u{202e}\u{7f}";
        let table = table(
            ["A", "B"],
            [[hostile.to_owned(), "b".to_owned()]].into_iter(),
        );
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 2, "{table}");
        assert!(!lines[1].contains(is_obeyed), "{table}");
    }
}
