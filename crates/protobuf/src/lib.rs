#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

use std::borrow::Cow;

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A number of variable length, which may stand for one with a sign.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Four bytes.
    Fixed32(u32),
    /// A text, bytes, or a message.
    Bytes(&'a [u8]),
}

/// Bytes that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The body is not a valid Protocol Buffers message")]
pub struct Malformed;

/// The fields of a message, in their order.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    fn next_field(&mut self) -> Result<(u64, Value<'a>), Malformed> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.take_array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.take_array()?)),
            _ => return Err(Malformed),
        };
        match tag >> 3 {
            0 => Err(Malformed),
            number => Ok((number, value)),
        }
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for shift in (0..70).step_by(7) {
            let [byte] = self.take_array()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.next_field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Value<'a> {
    /// The bytes of a field that holds some.
    ///
    /// # Errors
    /// When it holds a number.
    pub fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    /// A text, in which bytes that are none are replaced rather than refused with all others.
    ///
    /// # Errors
    /// When it is a number.
    pub fn text(self) -> Result<Cow<'a, str>, Malformed> {
        let bytes = self.bytes()?;
        // Looking for such bytes takes several times as long as finding that there are none.
        Ok(match str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(bytes),
        })
    }

    /// The fields of a message.
    ///
    /// # Errors
    /// When it is a number.
    pub fn message(self) -> Result<Fields<'a>, Malformed> {
        self.bytes().map(Fields)
    }

    /// A number, whichever of the forms it has.
    ///
    /// # Errors
    /// When it is none.
    pub fn number(self) -> Result<u64, Malformed> {
        match self {
            Self::Varint(number) | Self::Fixed64(number) => Ok(number),
            Self::Fixed32(number) => Ok(number.into()),
            Self::Bytes(_) => Err(Malformed),
        }
    }
}

/// Writes a field that holds a number, unless it is 0.
pub fn write_number(message: &mut Vec<u8>, field: u8, number: u64) {
    if number > 0 {
        message.push(field << 3);
        write_varint(message, number);
    }
}

/// Writes a field that holds a text or a message.
pub fn write_bytes(message: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    message.push(field << 3 | 2);
    write_varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn write_varint(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    message.push(number.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut message = Vec::new();
        write_number(&mut message, 1, 300);
        write_number(&mut message, 2, 0);
        write_bytes(&mut message, 3, b"text");
        let fields: Result<Vec<_>, _> = Fields(&message).collect();
        let expected = [(1, Value::Varint(300)), (3, Value::Bytes(b"text"))];
        assert_eq!(fields.unwrap(), expected);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        for (bytes, text) in [
            (&b"\xc3\xa9"[..], "\u{e9}"),
            (b"a\xffb", "a\u{fffd}b"),
            (b"", ""),
        ] {
            assert_eq!(Value::Bytes(bytes).text().unwrap(), text);
        }
        assert_eq!(Value::Varint(1).text(), Err(Malformed));
    }

    #[test]
    fn what_is_cut_or_of_no_type_is_malformed() {
        for bytes in [
            &b"\x0a"[..],
            b"\x0a\x05abc",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0b",
            b"\x00\x00",
            b"\x09\x01",
        ] {
            assert!(Fields(bytes).any(|field| field.is_err()), "{bytes:?}");
        }
    }
}
