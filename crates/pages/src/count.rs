//! Numbers for people.

/// A number with commas between thousands.
///
/// # Examples
///
/// ```
/// use central_logger_pages::count::grouped;
///
/// assert_eq!(grouped(1_234_567), "1,234,567");
/// ```
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with its noun, such as `1 key` or `2 keys`.
///
/// # Examples
///
/// ```
/// use central_logger_pages::count::of;
///
/// assert_eq!(of(1, "key"), "1 key");
/// assert_eq!(of(2_000, "key"), "2,000 keys");
/// ```
pub fn of(number: u64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        number => format!("{} {noun}s", grouped(number)),
    }
}

/// A number of bytes.
///
/// # Examples
///
/// ```
/// use central_logger_pages::count::bytes;
///
/// assert_eq!(bytes(812), "812 B");
/// assert_eq!(bytes(186_368), "182 KiB");
/// assert_eq!(bytes(1_572_864), "1.5 MiB");
/// ```
pub fn bytes(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        match size < 1024.0 {
            true if size < 10.0 && unit != "B" => return format!("{size:.1} {unit}"),
            true => return format!("{size:.0} {unit}"),
            false => size /= 1024.0,
        }
    }
    format!("{size:.1} TiB")
}

/// A part of a whole as a percentage, which is 0 % or 100 % only if it is exactly that.
///
/// # Examples
///
/// ```
/// use central_logger_pages::count::percent;
///
/// assert_eq!(percent(1999, 2000), "99.9 %");
/// assert_eq!(percent(2000, 2000), "100 %");
/// assert_eq!(percent(1, 2000), "0.1 %");
/// ```
pub fn percent(part: u64, whole: u64) -> String {
    match (part, whole) {
        (_, 0) => "–".to_owned(),
        (0, _) => "0 %".to_owned(),
        (part, whole) if part >= whole => "100 %".to_owned(),
        (part, whole) => {
            let percent = part as f64 * 100.0 / whole as f64;
            format!("{:.1} %", percent.clamp(0.1, 99.9))
        }
    }
}
