use super::*;
use crate::write_ahead_log::{LARGE, LARGEST};
use std::{sync::mpsc, thread, time::Duration};

/// Reads with two connections in turn until the end, so that one always does.
fn overlapping_reads(file: &File, has_ended: &AtomicBool) {
    let begin = |connection: &Connection| {
        let sql = "BEGIN; SELECT count(*) FROM sqlite_schema";
        connection.execute_batch(sql).unwrap();
        let count = "SELECT count(*) FROM api_keys";
        connection.query_row(count, [], |_| Ok(())).unwrap();
    };
    let readers = [file.connect().unwrap(), file.connect().unwrap()];
    begin(&readers[0]);
    // Each goes on for a few writes, as a search does; how many is all the same.
    let half = Duration::from_millis(25);
    for turn in 1.. {
        thread::sleep(half);
        begin(&readers[turn % 2]);
        thread::sleep(half);
        readers[(turn + 1) % 2].execute_batch("COMMIT").unwrap();
        if has_ended.load(Ordering::Relaxed) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_write_ahead_log_stays_bounded_while_readers_overlap() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.db");
    let reserve = Arc::new(Reserve::beside(&path));
    let file = File::open(path, crate::migrations::KEYS, reserve)
        .await
        .unwrap();
    file.migrate().await.unwrap();
    let has_ended = Arc::new(AtomicBool::new(false));
    let reading = {
        let (file, has_ended) = (file.clone(), Arc::clone(&has_ended));
        thread::spawn(move || overlapping_reads(&file, &has_ended))
    };
    let create = |transaction: &Transaction<'_>| {
        Ok(transaction.execute_batch("CREATE TABLE large (content BLOB)")?)
    };
    file.write(create).await.unwrap();
    let mut largest = 0;
    for _ in 0..120 {
        let write = |transaction: &Transaction<'_>| {
            let sql = "DELETE FROM large; INSERT INTO large VALUES (zeroblob(1 << 20))";
            Ok(transaction.execute_batch(sql)?)
        };
        file.write(write).await.unwrap();
        largest = largest.max(file.0.write_ahead_log.size());
    }
    has_ended.store(true, Ordering::Relaxed);
    reading.join().unwrap();
    assert!(largest > 0, "there is one");
    assert!(largest < LARGEST + LARGE, "{largest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_goes_on_in_its_turn_when_nobody_waits_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.db");
    let file = File::open(
        path.clone(),
        crate::migrations::KEYS,
        Arc::new(Reserve::beside(&path)),
    )
    .await
    .unwrap();
    file.migrate().await.unwrap();
    let (begun, has_begun) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let reads: Vec<_> = (0..File::READERS)
        .map(|_| {
            let (file, begun, released) = (file.clone(), begun.clone(), Arc::clone(&released));
            tokio::spawn(async move {
                let work = move |_: &mut Connection| {
                    begun.send(()).unwrap();
                    released.lock().unwrap().recv().unwrap();
                    Ok(())
                };
                file.read(work).await
            })
        })
        .collect();
    for _ in 0..File::READERS {
        has_begun.recv().unwrap();
    }
    for read in reads {
        read.abort();
        assert!(read.await.unwrap_err().is_cancelled());
    }
    assert_eq!(file.0.reading.available_permits(), 0);
    for _ in 0..File::READERS {
        release.send(()).unwrap();
    }
    let one = |connection: &mut Connection| {
        Ok(connection.query_row("SELECT 1", [], |row| row.get::<_, u8>(0))?)
    };
    assert_eq!(file.read(one).await.unwrap(), 1);
    assert!(file.lock_readers().len() <= File::READERS);
}
