use central_logger_doctor::{Check, Severity};

/// Checks, one in each line.
pub(crate) fn check_lines(checks: &[Check]) -> String {
    let line = |check: &Check| {
        let mark = match check.severity {
            Severity::Ok => "ok",
            Severity::Warning => "WARN",
            _ => "FAIL",
        };
        format!("{mark:<4}  {:<12} {}", check.name, check.detail)
    };
    checks.iter().map(line).collect::<Vec<_>>().join("\n")
}
