use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many may do something at a time, a number that changes.
#[derive(Debug)]
pub(crate) struct Room {
    free: Arc<Semaphore>,
    width: Mutex<Width>,
    waiting: AtomicUsize,
    occupied: AtomicUsize,
}

#[derive(Debug)]
struct Width {
    places: usize,
    /// Places that are taken away as soon as they are left.
    ending: usize,
}

/// One place, until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Arc<Room>,
    permit: Option<OwnedSemaphorePermit>,
}

/// Counts who waits, also when he stops waiting.
struct Waiting<'a>(&'a AtomicUsize);

impl Room {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(places)),
            width: Mutex::new(Width { places, ending: 0 }),
            waiting: AtomicUsize::new(0),
            occupied: AtomicUsize::new(0),
        }
    }

    /// Waits for a place.
    pub(crate) async fn enter(room: &Arc<Self>) -> Place {
        room.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(&room.waiting);
        // It is never closed.
        let permit = Arc::clone(&room.free).acquire_owned().await.ok();
        drop(waiting);
        room.occupied.fetch_add(1, Ordering::Relaxed);
        Place {
            room: Arc::clone(room),
            permit,
        }
    }

    /// Takes places away, so that no more than `places` are left.
    pub(crate) fn narrow(&self, places: usize) {
        let mut width = self.width();
        let surplus = width.places.saturating_sub(places);
        let ended = self.free.forget_permits(surplus);
        width.ending += surplus - ended;
        width.places -= surplus;
    }

    /// Adds places, so that there are at least `places`.
    pub(crate) fn widen(&self, places: usize) {
        let mut width = self.width();
        let more = places.saturating_sub(width.places);
        let kept = more.min(width.ending);
        width.ending -= kept;
        width.places += more;
        self.free.add_permits(more - kept);
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(crate) fn occupied(&self) -> usize {
        self.occupied.load(Ordering::Relaxed)
    }

    fn width(&self) -> MutexGuard<'_, Width> {
        self.width.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// How many places there are.
    pub(crate) fn width(&self) -> usize {
        self.room.width().places
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.occupied.fetch_sub(1, Ordering::Relaxed);
        let mut width = self.room.width();
        if width.ending > 0 {
            width.ending -= 1;
            if let Some(permit) = self.permit.take() {
                permit.forget();
            }
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Waker},
    };

    fn enter_now(room: &Arc<Room>) -> Option<Place> {
        let mut context = Context::from_waker(Waker::noop());
        match pin!(Room::enter(room)).poll(&mut context) {
            std::task::Poll::Ready(place) => Some(place),
            std::task::Poll::Pending => None,
        }
    }

    #[test]
    fn places_that_are_taken_away_end_when_they_are_left() {
        let room = Arc::new(Room::new(3));
        let (first, second) = (enter_now(&room).unwrap(), enter_now(&room).unwrap());
        room.narrow(1);
        assert_eq!(first.width(), 1);
        assert!(enter_now(&room).is_none());
        drop(first);
        assert!(enter_now(&room).is_none());
        drop(second);
        let only = enter_now(&room).unwrap();
        assert!(enter_now(&room).is_none());
        assert_eq!((room.occupied(), room.waiting()), (1, 0));

        room.widen(3);
        let all = [enter_now(&room), enter_now(&room), enter_now(&room)];
        assert_eq!(all.iter().flatten().count(), 2);
        drop(only);
    }

    #[test]
    fn places_that_were_to_end_may_stay() {
        let room = Arc::new(Room::new(2));
        let both = [enter_now(&room).unwrap(), enter_now(&room).unwrap()];
        room.narrow(1);
        room.widen(2);
        drop(both);
        let again = [enter_now(&room), enter_now(&room), enter_now(&room)];
        assert_eq!(again.iter().flatten().count(), 2);
    }
}
