/// The order of the entries of one client that were executed in the same microsecond, which tells them
/// apart: when an entry came in, and who stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Unix microseconds, or later where a client has sent more than one in a microsecond. 52 bits,
    /// which is until the year 2112.
    pub arrival: u64,
    /// 11 bits.
    pub writer: u16,
}

impl Place {
    /// The latest arrival.
    pub const LAST_ARRIVAL: u64 = (1 << 52) - 1;
    /// The number of writers.
    pub const WRITERS: u16 = 1 << 11;
    /// The place of an entry that has been given none.
    pub(crate) const FIRST: Self = Self {
        arrival: 0,
        writer: 0,
    };
    /// The latest arrival by the clock, so that there is room behind it whatever the clock says.
    pub const LAST_BY_CLOCK: u64 = Self::LAST_ARRIVAL - (1 << 45);

    pub(crate) fn bits(self) -> u64 {
        self.arrival << 11 | u64::from(self.writer)
    }
}
