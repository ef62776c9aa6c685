use central_logger_log_store::RetentionPeriod;
use central_logger_monitor::Thresholds;
use central_logger_times::{Timestamp, UnitDuration};
use time::Duration;

/// A text is refused, or is a positive number of a unit that is written as it was read; and everything that takes
/// durations takes the same ones, within its bounds.
pub fn durations(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let parsed = text.parse::<UnitDuration>();
    if let Ok(duration) = parsed {
        let (digits, unit) = text.split_at(text.len() - 1);
        assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(
            duration.to_string(),
            format!("{}{unit}", digits.trim_start_matches('0'))
        );
        assert!(duration.duration().is_positive());
        assert_eq!(
            duration.duration(),
            Duration::seconds(duration.seconds() as i64)
        );
        let long_ago = Timestamp::MAX.saturating_sub(duration.duration());
        assert!(long_ago < Timestamp::MAX);
    }

    let keep = text.parse::<RetentionPeriod>();
    assert_eq!(keep.is_ok(), parsed.is_ok() || text == "forever");
    if let (Ok(keep), Ok(duration)) = (keep, parsed) {
        assert_eq!(keep.duration(), Some(duration.duration()));
        assert_eq!(keep.to_string().parse(), Ok(keep));
    }

    // Spaces and commas stand between thresholds, and one may be switched off.
    let is_one = !text.contains([',', '=']) && !text.contains(|c: char| c.is_ascii_whitespace());
    if is_one && text != "off" {
        let thresholds = format!("dormant={text}").parse::<Thresholds>();
        assert_eq!(thresholds.is_ok(), parsed.is_ok());
    }
}
