use futures_util::FutureExt;
use std::{any::Any, panic::AssertUnwindSafe, time::Duration};
use tokio::{task::JoinSet, time::sleep};

/// What runs beside the requests of a service. A task that panics is written to the log and begun
/// again; all end when this is stopped or dropped.
///
/// # Examples
///
/// ```
/// use central_logger_key_service::Tasks;
/// use std::{future::pending, sync::atomic::{AtomicU32, Ordering}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// static BEGUN: AtomicU32 = AtomicU32::new(0);
/// let mut tasks = Tasks::default();
/// tasks.run("example", || async {
///     if BEGUN.fetch_add(1, Ordering::Relaxed) == 0 {
///         panic!("the first time");
///     }
///     pending().await
/// });
/// while BEGUN.load(Ordering::Relaxed) < 2 {
///     tokio::task::yield_now().await;
/// }
/// tasks.stop().await;
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Tasks(JoinSet<()>);

impl Tasks {
    /// How long after a panic a task is begun again.
    pub const PAUSE: Duration = Duration::from_secs(1);

    /// Runs the task that `begin` makes, on the present tokio runtime. One that returns has done all
    /// that it was to do.
    pub fn run<Task>(&mut self, name: &'static str, begin: impl FnMut() -> Task + Send + 'static)
    where
        Task: Future<Output = ()> + Send + 'static,
    {
        self.0.spawn(run_again_after_panics(name, begin));
    }

    /// Ends all tasks, and returns when they have ended.
    pub async fn stop(mut self) {
        self.0.shutdown().await;
    }
}

/// Returns when the task has returned.
pub(crate) async fn run_again_after_panics<Task: Future<Output = ()>>(
    name: &'static str,
    mut begin: impl FnMut() -> Task,
) {
    loop {
        // What a task shares with others is behind locks, and it begins with nothing else.
        let task = AssertUnwindSafe(async { begin().await });
        let Err(panic) = task.catch_unwind().await else {
            return;
        };
        let panic = text_of(&*panic);
        tracing::error!(
            task = name,
            panic,
            "a background task panicked, and begins again"
        );
        sleep(Tasks::PAUSE).await;
    }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a text")
}
