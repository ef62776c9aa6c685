//! The programs as processes.

use crate::in_process::InProcess;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Mutex,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

/// Far more than anything here takes, on a busy machine too; a test that meets it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.stdin(Stdio::null()).output().unwrap())
    }

    /// What is said when it failed in good order: one line.
    pub(crate) fn one_line(&self) -> &str {
        assert_eq!(self.code, Some(1), "{}", self.stderr);
        let line = self.stderr.trim_end();
        assert!(!line.is_empty() && !line.contains('\n'), "{line}");
        line
    }
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A running server. It is killed when this is dropped, or told to stop if it runs within the tests.
pub(crate) struct Server {
    runs: Runs,
    pub(crate) url: String,
}

enum Runs {
    /// Until this is dropped.
    Within(#[expect(dead_code)] InProcess),
    Process(Process),
}

struct Process {
    child: Child,
    log: Mutex<Receiver<String>>,
    seen: Mutex<Vec<String>>,
}

impl Server {
    /// Starts it and waits until it listens.
    pub(crate) fn start(command: Command) -> Self {
        Self::try_start(command).unwrap_or_else(|refused| panic!("{}", refused.stderr))
    }

    /// Starts it and expects that it refuses to.
    pub(crate) fn refuse(command: Command) -> Finished {
        match Self::try_start(command) {
            Ok(server) => panic!("it listens at {}", server.url),
            Err(finished) => finished,
        }
    }

    pub(crate) fn try_start(command: Command) -> Result<Self, Finished> {
        let mut process = Process::start(command);
        match process.find_line(|line| line["fields"]["message"] == "listening") {
            Some(line) => Ok(Self {
                url: reachable(
                    line["fields"]["url"].as_str().unwrap(),
                    line["fields"]["address"].as_str().unwrap(),
                ),
                runs: Runs::Process(process),
            }),
            None => {
                let code = process.child.wait().unwrap().code();
                Err(Finished {
                    code,
                    stdout: process.stdout(),
                    stderr: process.seen.lock().unwrap().join("\n"),
                })
            }
        }
    }

    /// One that has started within the tests.
    pub(crate) fn within(server: InProcess) -> Self {
        Self {
            url: server.url.clone(),
            runs: Runs::Within(server),
        }
    }

    pub(crate) fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    /// Waits until the server logs `message`, and gives the line.
    pub(crate) fn await_log(&self, message: &str) -> Value {
        let process = self.process();
        process
            .find_line(|line| line["fields"]["message"] == message)
            .unwrap_or_else(|| panic!("never logged {message:?}: {:?}", process.seen))
    }

    /// The line of the log that says `message`, also one from before the server listened.
    pub(crate) fn logged(&self, message: &str) -> Value {
        let seen = self.process().seen.lock().unwrap().clone();
        let lines = seen
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok());
        let mut found = lines.filter(|line: &Value| line["fields"]["message"] == message);
        found.next().unwrap_or_else(|| self.await_log(message))
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.process().child.id()
    }

    pub(crate) fn tell_to_stop(&self) {
        self.signal("TERM");
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let kill = Command::new("kill").args(["-s", name, &id]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for the end; gives how it ended and all that was logged and printed.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let process = self.process_mut();
        assert!(process.find_line(|_| false).is_none());
        let status = process.child.wait().unwrap();
        let log = process.seen.lock().unwrap().join("\n");
        (status, log + &process.stdout())
    }

    /// As `kill -9` does.
    pub(crate) fn kill(mut self) {
        let process = self.process_mut();
        process.child.kill().unwrap();
        process.child.wait().unwrap();
    }

    fn process(&self) -> &Process {
        match &self.runs {
            Runs::Process(process) => process,
            Runs::Within(_) => panic!("{NO_PROCESS}"),
        }
    }

    fn process_mut(&mut self) -> &mut Process {
        match &mut self.runs {
            Runs::Process(process) => process,
            Runs::Within(_) => panic!("{NO_PROCESS}"),
        }
    }
}

const NO_PROCESS: &str = "this needs a process: start the server with `start_process`";

impl Process {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, log) = mpsc::channel();
        thread::spawn(move || {
            for line in stderr.lines() {
                // Nobody may be listening any more.
                let _ = sender.send(line.unwrap());
            }
        });
        Self {
            child,
            log: Mutex::new(log),
            seen: Mutex::default(),
        }
    }

    /// The next line of the log that does, or nothing when the log has ended.
    fn find_line(&self, does: impl Fn(&Value) -> bool) -> Option<Value> {
        loop {
            let line = match self.log.lock().unwrap().recv_timeout(PATIENCE) {
                Ok(line) => line,
                Err(mpsc::RecvTimeoutError::Disconnected) => return None,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("no such line: {:?}", self.seen),
            };
            self.seen.lock().unwrap().push(line.clone());
            if let Ok(line) = serde_json::from_str(&line)
                && does(&line)
            {
                return Some(line);
            }
        }
    }

    /// Prints what the server has warned of, which is often why a test fails.
    fn print_complaints(&self) {
        let (Ok(mut seen), Ok(log)) = (self.seen.lock(), self.log.lock()) else {
            return;
        };
        seen.extend(log.try_iter());
        for line in seen.iter() {
            if [r#""level":"WARN""#, r#""level":"ERROR""#]
                .iter()
                .any(|level| line.contains(level))
            {
                println!("process {}: {line}", self.child.id());
            }
        }
    }

    /// All that was printed, once the process has ended.
    fn stdout(&mut self) -> String {
        let mut printed = String::new();
        let stdout = self.child.stdout.take();
        stdout.unwrap().read_to_string(&mut printed).unwrap();
        printed
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            self.print_complaints();
        }
    }
}

/// What a command prints when it is given `input` and succeeds.
pub(crate) fn with_input(command: &mut Command, input: &str) -> String {
    let finished = finished_with_input(command, input);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    finished.stdout
}

/// What becomes of a command that is given `input`.
pub(crate) fn finished_with_input(command: &mut Command, input: &str) -> Finished {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    Finished::from(child.wait_with_output().unwrap())
}

/// The URL of a server at an address, which may say that it is public under another.
pub(crate) fn reachable(url: &str, address: &str) -> String {
    match url.contains("example.com") {
        true => format!("http://{address}"),
        false => url.to_owned(),
    }
}
