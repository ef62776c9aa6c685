//! What came of a change of a monitor.

use crate::MonitorView;

/// A monitor before and after a change of it.
#[derive(Debug, Clone, PartialEq)]
pub struct MonitorChange {
    /// As it was, if there was one.
    pub before: Option<MonitorView>,
    /// As it is, if there is one.
    pub after: Option<MonitorView>,
}
