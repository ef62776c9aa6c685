//! When events were first sent, of which their sender does not tell the time.

use super::TenantLogs;
use central_logger_log_store::{
    entries::EventDigest,
    idempotency::Claim,
    store::{Append, Appended, LogStoreError},
};
use time::OffsetDateTime;

impl TenantLogs {
    /// Returns for each of `events` when the client first sent it, to the millisecond: `now`, if that is
    /// not known. It is durable when this returns, and remembered for [`Claim::REMEMBERED`].
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn first_sent(
        &self,
        events: &[EventDigest],
        now: OffsetDateTime,
    ) -> Result<Vec<OffsetDateTime>, LogStoreError> {
        let store = self.reads.store();
        // No store keeps the time of a claim more exactly than every store does.
        let now = now.replace_millisecond(now.millisecond()).unwrap_or(now);
        let claims: Vec<_> = events.iter().map(Claim::of_event).collect();
        let group = claims.iter().map(|claim| Append {
            client: self.client().clone(),
            received_at: now,
            entries: Vec::new(),
            claim: Some(claim.clone()),
        });
        let claimed = store.append_group(group.collect()).await?;
        let mut times = Vec::with_capacity(events.len());
        for (claim, claimed) in claims.iter().zip(claimed) {
            let earlier = match claimed {
                Appended::Stored => None,
                Appended::Repeated => store.receipt(self.client(), &claim.key, now).await?,
            };
            times.push(earlier.map_or(now, |earlier| earlier.received_at));
        }
        Ok(times)
    }
}
