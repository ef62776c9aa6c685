#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| central_logger_fuzz_targets::otlp(data));
