//! Whatever happens in whichever order, the target holds an accepted key, and no key has two successors.

use crate::{fake::Fault, site::Site};
use proptest::{collection::vec, prelude::*};
use time::Duration;

fn faults() -> impl Strategy<Value = Option<Fault>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(Fault::Refused)),
        1 => Just(Some(Fault::LostAfter)),
        1 => Just(Some(Fault::LostBefore)),
        1 => Just(Some(Fault::CrashStaged)),
        1 => Just(Some(Fault::CrashBefore)),
        1 => Just(Some(Fault::CrashAfter)),
    ]
}

async fn live(steps: &[(Option<Fault>, u8)]) {
    let site = Site::new().await;
    let mut current = site.first().await.key_id;
    for (fault, seconds) in steps {
        if let Some(Ok(rotated)) = site.rotate(&current, *fault).await {
            current = rotated.key_id;
        }
        site.check().await;
        site.wait(Duration::seconds((*seconds).into()));
        site.check().await;
    }
    site.wait(Duration::MINUTE);
    let rotated = site.rotate(&current, None).await.unwrap().unwrap();
    let held = site.held().await.unwrap();
    assert_eq!(held.key_id, rotated.key_id);
    assert!(site.keys().await.iter().all(|key| !key.pending));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_moment_is_without_an_accepted_key(steps in vec((faults(), 0..60_u8), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().start_paused(true).build().unwrap();
        runtime.block_on(live(&steps));
    }
}
