//! Sends logs with the OpenTelemetry SDK of Rust, as docs/shippers.md configures it.
//!
//! Usage: shipper URL CLIENT KEY

use opentelemetry::logs::{LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry_otlp::{LogExporter, RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, logs::SdkLoggerProvider};
use std::{
    collections::HashMap,
    env,
    error::Error,
    thread::sleep,
    time::{Duration, SystemTime},
};

const COUNT: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [url, client, key] = &*arguments else {
        return Err("usage: shipper URL CLIENT KEY".into());
    };
    let exporter = LogExporter::builder()
        .with_http()
        .with_endpoint(format!("{url}/v1/logs"))
        .with_headers(HashMap::from([("x-api-key".to_owned(), key.clone())]))
        .with_timeout(Duration::from_secs(30))
        .with_retry_policy(
            RetryPolicy::recommended()
                .with_max_retries(20)
                .with_max_delay(Duration::from_secs(5)),
        )
        .build()?;
    let provider = SdkLoggerProvider::builder()
        .with_resource(Resource::builder().with_service_name("shop").build())
        .with_batch_exporter(exporter)
        .build();
    let logger = provider.logger("shop");
    for number in 0..COUNT {
        let mut record = logger.create_log_record();
        record.set_timestamp(SystemTime::now());
        record.set_severity_number(Severity::Error);
        record.set_severity_text("ERROR");
        record.set_body(format!("{client} line {number}").into());
        record.add_attribute("rows", 3);
        logger.emit(record);
        sleep(Duration::from_millis(2));
    }
    provider.shutdown_with_timeout(Duration::from_secs(40))?;
    Ok(())
}
