//! What goes wrong beside a job, which is said in one line at its end.

use crate::stdin::what_waits;
use central_logger_client::{Report, Stats};
use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What the client has reported while the job ran.
#[derive(Debug, Clone, Default)]
pub(super) struct Troubles(Arc<Mutex<Reports>>);

/// The latest report of each kind.
#[derive(Debug, Default)]
struct Reports {
    /// About requests that were made again.
    passing: Option<String>,
    lasting: Option<String>,
}

impl Troubles {
    fn lock(&self) -> MutexGuard<'_, Reports> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, report: Report<'_>) {
        let mut reports = self.lock();
        let latest = match report.is_tried_again {
            true => &mut reports.passing,
            false => &mut reports.lasting,
        };
        *latest = Some(report.text.to_owned());
    }

    /// What to say, if there is anything: what became of entries, why, and why the server was not told of the monitor.
    pub(super) fn told(
        &self,
        stats: Stats,
        folder: Option<&Path>,
        untold: Option<&str>,
    ) -> Option<String> {
        let reports = self.lock();
        let mut said = Vec::new();
        if stats.dropped > 0 {
            said.push(format!("{} entries are lost", stats.dropped));
        }
        if stats.rejected > 0 {
            said.push(format!("{} entries are refused", stats.rejected));
        }
        if let Some(folder) = folder
            && stats.queued > 0
        {
            said.push(what_waits(stats.queued, folder));
        }
        let is_well = said.is_empty();
        said.extend(reports.lasting.clone());
        // Once all is delivered, it does not matter that it took several requests.
        let passing = reports.passing.as_deref().filter(|_| !is_well);
        said.extend(passing.map(str::to_owned));
        if let Some(untold) = untold {
            let fault = "the server was not told when runs are expected";
            said.push(match passing {
                Some(passing) if passing == untold => fault.to_owned(),
                _ => format!("{fault}: {untold}"),
            });
        }
        (!said.is_empty()).then(|| said.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_client::{Client, Entry};
    use std::time::Duration;

    /// Counts of a client that has lost so many entries for want of an address.
    fn lost(count: u64) -> (Troubles, Stats) {
        let troubles = Troubles::default();
        let noted = troubles.clone();
        let builder = Client::builder().url("nonsense").key("cl_test_example");
        let client = builder.on_report(move |report| noted.note(report)).build();
        (0..count).for_each(|_| {
            client.log(Entry::new("lost"));
        });
        client.flush(Duration::from_millis(200));
        client.close(Duration::ZERO);
        (troubles, client.stats())
    }

    #[test]
    fn nothing_is_said_when_all_is_well() {
        let (troubles, stats) = lost(0);
        assert_eq!(troubles.told(stats, None, None), None);
    }

    #[test]
    fn what_is_lost_is_said_with_its_reason() {
        let (troubles, stats) = lost(2);
        let reason = "LOGGER_API_URL is not an address";
        let told = troubles
            .told(stats, None, Some("cron: never comes"))
            .unwrap();
        assert!(told.starts_with("2 entries are lost; "), "{told}");
        assert_eq!(told.matches(reason).count(), 1, "{told}");
        assert!(
            told.ends_with("; the server was not told when runs are expected: cron: never comes"),
            "{told}"
        );
    }

    #[test]
    fn a_reason_is_said_once() {
        let (troubles, stats) = lost(1);
        let reason = troubles.lock().passing.clone().unwrap();
        let told = troubles.told(stats, None, Some(&reason)).unwrap();
        assert_eq!(told.matches(&reason).count(), 1, "{told}");
        assert!(told.contains("was not told"), "{told}");
    }

    #[test]
    fn entries_that_wait_are_said_with_their_folder() {
        let mut stats = Stats::default();
        (stats.queued, stats.rejected) = (3, 1);
        let told = Troubles::default().told(stats, Some(Path::new("/s")), None);
        let told = told.unwrap();
        assert!(
            told.starts_with("1 entries are refused; 3 entries wait in /s: "),
            "{told}"
        );
    }
}
