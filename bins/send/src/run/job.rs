//! The process of a job.

use super::kept_output::{KeptOutput, OutputEnd};
use crate::error::SendError;
use rustix::process::{Pid, Signal, getpgrp, kill_process};
use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH},
    iterator::Signals,
};
use std::{
    ffi::OsString,
    fs::File,
    io::{self, ErrorKind, Read, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

/// What is passed on to the job.
const SIGNALS: [i32; 8] = [
    SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH,
];
/// How long the output may go on after the job has ended, by programs that it has left behind.
const OUTPUT_AFTER_END: Duration = Duration::from_secs(1);

/// A job that runs.
pub(super) struct Job {
    child: Child,
    output: Arc<KeptOutput>,
    /// Gets one message when each of both outputs has ended.
    ended: mpsc::Receiver<()>,
    signals: Option<Signals>,
}

/// How a job has ended.
pub(super) struct End {
    /// The exit code, as shells give it.
    pub(super) code: u8,
    pub(super) signal: Option<i32>,
    /// Nothing when the job was not started.
    pub(super) output: Option<OutputEnd>,
    failure: Option<(&'static str, String)>,
}

impl Job {
    pub(super) fn start(command: &[OsString]) -> io::Result<Self> {
        let (program, arguments) = command.split_first().ok_or(ErrorKind::InvalidInput)?;
        // Signals are received before the job runs, so that none is lost.
        let signals = Signals::new(passed_signals()).ok();
        let mut child = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let output = Arc::new(KeptOutput::default());
        let (end, ended) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            pass_through(stdout, io::stdout(), &output, end.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            pass_through(stderr, io::stderr(), &output, end);
        }
        Ok(Self {
            child,
            output,
            ended,
            signals,
        })
    }

    /// Waits for the end of the job, and passes signals on to it.
    pub(super) fn wait(mut self) -> Result<End, SendError> {
        let handle = self.signals.take().map(|signals| {
            let handle = signals.handle();
            let child = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            thread::spawn(move || pass_signals(signals, child));
            handle
        });
        let status = self.child.wait().map_err(SendError::Job)?;
        if let Some(handle) = handle {
            handle.close();
        }
        for _ in 0..2 {
            // When a program that was left behind holds the output, nobody waits for it.
            if self.ended.recv_timeout(OUTPUT_AFTER_END).is_err() {
                break;
            }
        }
        Ok(End::of(status, self.output.end()))
    }
}

/// Copies an output as it comes.
fn pass_through(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    output: &Arc<KeptOutput>,
    end: mpsc::Sender<()>,
) {
    let output = Arc::clone(output);
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        loop {
            let count = match from.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) | Ok(0) => break,
                Ok(count) => count,
            };
            let part = buffer.get(..count).unwrap_or_default();
            output.push(part);
            // Nobody may read it; the job goes on.
            let _ = to.write_all(part).and_then(|()| to.flush());
        }
        let _ = end.send(());
    });
}

/// What `nohup` and the like have set to be ignored stays so, here and in the job.
fn passed_signals() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0);
    SIGNALS
        .into_iter()
        .filter(|signal| ignored & (1 << (signal - 1)) == 0)
        .collect()
}

fn pass_signals(mut signals: Signals, child: Option<Pid>) {
    for number in signals.forever() {
        // A terminal sends these to the job by itself.
        let is_of_terminal = [SIGINT, SIGQUIT, SIGWINCH].contains(&number) && is_in_foreground();
        let signal = Signal::from_named_raw(number);
        if let (Some(child), Some(signal), false) = (child, signal, is_of_terminal) {
            let _ = kill_process(child, signal);
        }
    }
}

fn is_in_foreground() -> bool {
    let terminal = File::open("/dev/tty");
    let foreground = terminal
        .ok()
        .and_then(|terminal| rustix::termios::tcgetpgrp(&terminal).ok());
    foreground.is_some_and(|group| group == getpgrp())
}

impl End {
    fn of(status: ExitStatus, output: OutputEnd) -> Self {
        let signal = status.signal();
        let code = match (status.code(), signal) {
            (Some(code), _) => u8::try_from(code).unwrap_or(1),
            (None, Some(signal)) => u8::try_from(128 + signal).unwrap_or(1),
            (None, None) => 1,
        };
        let failure = match (code, signal) {
            (0, _) => None,
            (_, Some(signal)) => Some(("Signal", format!("ended by signal {signal}"))),
            (code, None) => Some(("ExitCode", format!("ended with exit code {code}"))),
        };
        Self {
            code,
            signal,
            output: Some(output),
            failure,
        }
    }

    /// The end of a job that could not be started.
    pub(super) fn not_started(error: &io::Error) -> Self {
        let code = if error.kind() == ErrorKind::NotFound {
            127
        } else {
            126
        };
        let failure = Some(("NotStarted", error.to_string()));
        Self {
            code,
            signal: None,
            output: None,
            failure,
        }
    }

    /// Why it has failed, as a kind and a text.
    pub(super) fn failure(&self) -> Option<(&'static str, String)> {
        self.failure.clone()
    }
}
