/// The values that a field or an attribute must have, and those that it must not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueFilter {
    any_of: Vec<String>,
    none_of: Vec<String>,
}

impl ValueFilter {
    /// The most values of one parameter.
    pub const MAX_VALUES: usize = 32;

    /// Returns the values of which it must have one, unless this is empty.
    pub fn any_of(&self) -> &Vec<String> {
        &self.any_of
    }

    /// Returns the values of which it must have none. An entry without a value is not excluded.
    pub fn none_of(&self) -> &Vec<String> {
        &self.none_of
    }

    /// Returns whether a field or an attribute with these values is asked for: usually one value, or none.
    pub fn accepts<S: AsRef<str>>(&self, held: &[S]) -> bool {
        let has_one_of = |values: &[String]| {
            let mut held = held.iter().map(AsRef::as_ref);
            held.any(|held| values.iter().any(|value| value == held))
        };
        (self.any_of.is_empty() || has_one_of(&self.any_of)) && !has_one_of(&self.none_of)
    }

    /// Adds a value that it must have, or must not have.
    pub(super) fn add(&mut self, value: String, is_excluded: bool) -> Result<(), String> {
        let values = match is_excluded {
            true => &mut self.none_of,
            false => &mut self.any_of,
        };
        if value.contains('\0') {
            return Err("must not contain a NUL character".to_owned());
        }
        if values.contains(&value) {
            return Ok(());
        }
        if values.len() == Self::MAX_VALUES {
            return Err(format!("has more than {} values", Self::MAX_VALUES));
        }
        values.push(value);
        Ok(())
    }
}
