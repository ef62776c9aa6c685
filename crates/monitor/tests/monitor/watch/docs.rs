//! The table of detectors in docs/monitoring.md.

use central_logger_key_activity::AlertKind;
use central_logger_monitor::{Threshold, Thresholds};

const DOCS: &str = include_str!("../../../../../docs/monitoring.md");

#[test]
fn each_kind_has_its_row_with_its_severity_and_its_threshold() {
    for kind in AlertKind::ALL {
        let threshold = match Thresholds::default().of(kind, None) {
            Threshold::Number(number) => number.to_string(),
            Threshold::Time(time) => format!("{}d", time.whole_days()),
            Threshold::Off => panic!("{kind} is off"),
        };
        let severity = kind.severity().as_str();
        let row = format!("| `{kind}` | {severity} | `{threshold}` | ");
        let rows = DOCS.lines().filter(|line| line.starts_with(&row));
        assert_eq!(rows.count(), 1, "one row begins with {row}");
    }
}
