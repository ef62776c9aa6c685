use central_logger_log_store::{
    LogQuery, LogSearch, LogStats, StatsQuery, ValidationErrors, ValuesQuery,
};
use time::macros::datetime;

/// The parameters of a query are refused, each fault about one of those that were sent, or ask for something that can
/// be answered.
///
/// `data` is what stands behind the question mark of a URL.
pub fn query_parameters(data: &[u8]) {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(data).into_owned().collect();
    match LogSearch::from_pairs(pairs.clone()) {
        Ok(search) => {
            assert!((1..=LogQuery::MAX_LIMIT).contains(&search.query.limit));
            // An empty range is one, too.
            let _ = search.query.ids();
            if let Some(cursor) = search.query.cursor {
                assert_eq!(cursor.to_string().parse(), Ok(cursor));
            }
        }
        Err(faults) => assert_about(&faults, &pairs),
    }
    let without = ["from", "to", "order", "limit", "cursor"];
    let other = LogSearch::from_pairs_without(&without, pairs.clone());
    let has_unknown = pairs
        .iter()
        .any(|(name, _)| without.contains(&name.as_str()));
    assert!(!(has_unknown && other.is_ok()));

    match StatsQuery::from_pairs(pairs.clone(), datetime!(2026-03-01 12:00 UTC)) {
        Ok(query) => {
            let buckets = query.bucket_starts().count() as u64;
            assert!(buckets <= StatsQuery::MAX_BUCKETS);
            serde_json::to_string(&LogStats::new(&query)).expect("counts can be shown");
        }
        // The length of the range may be at fault.
        Err(faults) if faults.len() == 1 && faults[0].field == "interval" => {}
        Err(faults) => assert_about(&faults, &pairs),
    }
    values(pairs);
}

/// `of` may be missing.
fn values(pairs: Vec<(String, String)>) {
    let with_of = [("of".to_owned(), "workflow".to_owned())]
        .into_iter()
        .chain(pairs.clone());
    let with_of: Vec<_> = with_of.collect();
    match ValuesQuery::from_pairs(with_of.clone()) {
        Ok(query) => assert!(query.counted().bucket_starts().count() <= 1),
        Err(faults) => assert_about(&faults, &with_of),
    }
}

fn assert_about(faults: &ValidationErrors, pairs: &[(String, String)]) {
    assert!((1..=ValidationErrors::MAX_LISTED).contains(&faults.len()));
    assert!(faults.len() + faults.more() <= pairs.len());
    for fault in faults.iter() {
        assert!(pairs.iter().any(|(name, _)| *name == fault.field));
    }
}
