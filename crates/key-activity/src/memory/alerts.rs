use super::MemoryActivity;
use crate::{
    Acknowledgement, ActivityError, Alert, AlertId, AlertPlace, AlertQuery, AlertStore, Delivery,
    DeliveryState,
};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::{cmp::Reverse, collections::btree_map::Entry};
use time::OffsetDateTime;

#[async_trait]
impl AlertStore for MemoryActivity {
    async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>, ActivityError> {
        let is_asked_for = |alert: &&Alert| {
            let is_theirs = query.client.is_none() || alert.subject.client_id == query.client;
            let is_due = query
                .before
                .as_ref()
                .is_none_or(|before| AlertPlace::of(alert) < *before);
            is_theirs && is_due && alert.last_at >= query.since.get()
        };
        let mut alerts: Vec<_> = self
            .lock()
            .alerts
            .values()
            .filter(is_asked_for)
            .cloned()
            .collect();
        alerts.sort_by_key(|alert| Reverse(AlertPlace::of(alert)));
        alerts.truncate(query.limit);
        Ok(alerts)
    }

    async fn put_alerts(&self, alerts: &[Alert]) -> Result<(), ActivityError> {
        let mut content = self.lock();
        for alert in alerts {
            match content.alerts.entry(alert.id.clone()) {
                Entry::Vacant(place) => drop(place.insert(alert.clone())),
                Entry::Occupied(place) => {
                    let present = place.into_mut();
                    present.last_at = alert.last_at;
                    present.counted = alert.counted;
                    present.evidence.clone_from(&alert.evidence);
                }
            }
        }
        Ok(())
    }

    async fn acknowledge(
        &self,
        id: &AlertId,
        client: Option<&ClientId>,
        acknowledgement: &Acknowledgement,
    ) -> Result<Option<Alert>, ActivityError> {
        let mut content = self.lock();
        let found = content
            .alerts
            .get_mut(id)
            .filter(|alert| client.is_none() || alert.subject.client_id.as_ref() == client);
        Ok(found.map(|alert| {
            let acknowledged = &mut alert.acknowledged;
            acknowledged.get_or_insert_with(|| acknowledgement.clone());
            alert.clone()
        }))
    }

    async fn due_delivery(
        &self,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<Alert>, ActivityError> {
        let mut content = self.lock();
        let pending = content.alerts.values_mut().filter_map(|alert| {
            let delivery = alert.delivery.as_ref()?;
            let is_due = delivery.state == DeliveryState::Pending && delivery.at <= now;
            is_due.then_some((delivery.at, alert))
        });
        let first = pending.min_by_key(|(at, _)| *at);
        Ok(first.map(|(_, alert)| {
            let found = alert.clone();
            if let Some(delivery) = &mut alert.delivery {
                delivery.at = until;
            }
            found
        }))
    }

    async fn set_delivery(&self, id: &AlertId, delivery: &Delivery) -> Result<bool, ActivityError> {
        let mut content = self.lock();
        let alert = content.alerts.get_mut(id);
        let is_there = alert.is_some();
        if let Some(alert) = alert {
            alert.delivery = Some(delivery.clone());
        }
        Ok(is_there)
    }

    async fn purge_alerts(&self, until: OffsetDateTime) -> Result<(), ActivityError> {
        self.lock().alerts.retain(|_, alert| alert.last_at >= until);
        Ok(())
    }
}
