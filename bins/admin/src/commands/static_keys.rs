use crate::output::Output;
use central_logger_operations::StaticKeysLeft;

/// What people are told of the static keys of a client, after something else; on standard error if they
/// cannot be read.
pub(super) fn remark(output: Output, left: &StaticKeysLeft) -> String {
    if let Some(problem) = &left.problem {
        output.remark(&format!(
            "Could not check whether static keys of the client remain: {problem}"
        ));
    }
    match left.named() {
        Some(ids) => format!(
            "\nStatic keys remain valid: {ids}. Remove them from {}; servers follow within two seconds.",
            left.place
        ),
        None => String::new(),
    }
}
