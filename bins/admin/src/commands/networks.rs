use central_logger_keys::Networks;

/// The networks of an option that can be repeated.
pub(super) fn all_of(named: &[Networks]) -> Networks {
    let mut all = Networks::default();
    for networks in named {
        all.extend(networks.clone());
    }
    all
}
