use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, advance, sleep};

use crate::sample::{Sample, SampleLog, seen};
use crate::{NotReady, Reactors, ResumeError, Resumed};

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test(start_paused = true)]
async fn a_reactor_that_fails_for_an_hour_delays_no_other_and_loses_nothing() {
    let log = SampleLog::new();
    let (failing, other) = (Sample::new("failing"), Sample::new("other"));
    let began = Instant::now();
    failing.noted(|noted| noted.fails_until = Some(began + HOUR));
    let (fails, goes_on) = (failing.run(&log), other.run(&log));
    for minute in 0..60 {
        let appended_at = Instant::now();
        let position = log.append(&format!("agent-{}", minute % 7));
        assert!(goes_on.reached(position).await);
        assert_eq!(appended_at, Instant::now(), "at once");
        assert_eq!(goes_on.ready(), Ok(()));
        sleep(Duration::from_mins(1)).await;
        assert!(matches!(fails.ready(), Err(NotReady::Lost { .. })) || began + HOUR <= Instant::now());
    }
    let last = log.append("agent-0");
    assert!(fails.reached(last).await);
    assert_eq!((fails.ready(), failing.handled()), (Ok(()), other.handled()));
    assert_eq!(other.handled().len(), 61);

    let failed_at = failing.noted(|noted| noted.failed_at.clone());
    let pauses: Vec<_> = failed_at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let pause = Duration::from_millis;
    assert_eq!(pauses[..5], [pause(500), pause(1_000), pause(2_000), pause(4_000), pause(5_000)]);
    assert!(pauses[4..].iter().all(|pause| *pause == Duration::from_secs(5)), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_parked_at_what_cannot_be_handled_and_all_others_go_on() {
    let (log, sample) = (SampleLog::new(), Sample::new("parking"));
    sample.noted(|noted| noted.bad.extend([seen("a", 1)]));
    for stream in ["a", "b", "a", "b", "a"] {
        log.append(stream);
    }
    let running = sample.run(&log);
    assert_eq!(running.caught_up().await, Ok(()));
    let handled = [seen("a", 0), seen("b", 0), seen("b", 1)];
    assert_eq!(sample.handled(), handled);
    let [parked] = &running.parked()[..] else { panic!("{:?}", running.parked()) };
    assert_eq!((&*parked.stream, parked.revision, parked.position), ("a", 1, 30));
    assert_eq!(
        parked.to_string(),
        "stream a is parked at position 30, SomethingHappened of revision 1: it is bad"
    );
    assert_eq!(sample.noted(|noted| noted.parked.clone()), std::slice::from_ref(parked));

    let last = log.append("a");
    log.append("b");
    sleep(HOUR).await;
    assert!(last < running.position());
    assert_eq!(sample.handled().last(), Some(&seen("b", 2)));
    assert_eq!(sample.noted(|noted| noted.refused), 1, "nothing tries it again by itself");
    assert_eq!(running.ready(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_parked_stream_is_tried_again_or_its_event_is_skipped_by_command() {
    let (log, sample, reactors) = (SampleLog::new(), Sample::new("parking"), Reactors::default());
    sample.noted(|noted| noted.bad.extend([seen("a", 0), seen("a", 2)]));
    let running = sample.run(&log);
    reactors.add(running.clone());
    for _ in 0..4 {
        log.append("a");
    }
    let last = log.append("b");
    assert!(running.reached(last).await);
    assert_eq!(running.parked()[0].revision, 0);
    assert!(reactors.nothing_parked().unwrap_err().contains("parking: stream a"));

    // The event is as bad as before.
    let again = reactors.retry("parking", "a").await;
    assert!(matches!(&again, Ok(Resumed::ParkedAgain(parked)) if parked.revision == 0), "{again:?}");
    assert_eq!(sample.handled(), [seen("b", 0)]);
    // After it, there is another bad event.
    let skipped = reactors.skip("parking", "a", 0).await;
    assert!(matches!(&skipped, Ok(Resumed::ParkedAgain(parked)) if parked.revision == 2), "{skipped:?}");
    assert_eq!(sample.handled(), [seen("b", 0), seen("a", 1)]);
    assert_eq!(running.parked().len(), 1);
    // Repeated, as by a caller that got no answer, it skips nothing more.
    let again = reactors.skip("parking", "a", 0).await;
    assert_eq!(again, Err(ResumeError::ParkedElsewhere { revision: 2 }));
    log.append("a");
    let last = log.append("b");
    assert!(running.reached(last).await);

    // Once no event is bad any more, all events that waited are handled.
    sample.noted(|noted| noted.bad.clear());
    assert_eq!(reactors.retry("parking", "a").await, Ok(Resumed::Handled { revision: Some(4) }));
    assert_eq!((running.parked(), reactors.nothing_parked()), (Vec::new(), Ok(())));
    let last = log.append("a");
    assert!(running.reached(last).await);
    let handled = sample.handled().into_iter().filter(|(stream, _)| stream == "a");
    assert_eq!(handled.map(|(_, revision)| revision).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);

    assert_eq!(reactors.retry("parking", "a").await, Err(ResumeError::NotParked));
    assert_eq!(reactors.skip("another", "a", 0).await, Err(ResumeError::NotHere));
}

#[tokio::test(start_paused = true)]
async fn a_reactor_is_woken_by_the_clock_that_it_is_given() {
    let (log, sample) = (SampleLog::new(), Sample::new("waking"));
    let at: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
    let clock = Arc::new(Mutex::new(at - TimeDelta::days(1)));
    sample.noted(|noted| noted.wake_at = Some(at));
    let now = Arc::clone(&clock);
    let running = sample.run_by(&log, Arc::new(move || *now.lock().unwrap()));
    assert_eq!(running.caught_up().await, Ok(()));
    sleep(HOUR).await;
    assert_eq!(sample.noted(|noted| noted.woken.len()), 0, "the clock stands");
    *clock.lock().unwrap() = at;
    advance(Duration::from_secs(1)).await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(sample.noted(|noted| noted.woken.clone()), [at]);
    let later = at + TimeDelta::minutes(90);
    *clock.lock().unwrap() = later;
    sleep(Duration::from_secs(2)).await;
    assert_eq!(sample.noted(|noted| noted.woken.clone()), [at, later]);
}

#[tokio::test(start_paused = true)]
async fn whatever_is_woken_has_handled_all_there_is_however_often_waking_fails() {
    let (log, sample) = (SampleLog::new(), Sample::new("waking"));
    let at: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
    let began = Instant::now();
    sample.noted(|noted| {
        noted.wake_at = Some(at);
        noted.wake_fails_until = Some(began + Duration::from_mins(2));
    });
    log.append("a");
    let running = sample.run_by(&log, Arc::new(move || at));
    let mut appended = 1;
    while sample.noted(|noted| noted.woken.is_empty()) {
        sleep(Duration::from_millis(300)).await;
        log.append("a");
        appended += 1;
        // Events that arrive just as a session fails are handled in the next.
        let missed = sample.noted(|noted| noted.handled_when_woken.clone());
        assert!(missed.windows(2).all(|pair| pair[0] < pair[1]), "{missed:?}");
    }
    let woken = sample.noted(|noted| noted.handled_when_woken.len());
    assert!(24 < woken && woken < appended, "{woken} times");
    assert!(running.reached(log.append("a")).await && running.ready().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_check_is_made_while_nothing_happens_and_while_much_does() {
    let (log, sample) = (SampleLog::new(), Sample::new("checking"));
    let (began, every) = (Instant::now(), Duration::from_secs(5));
    sample.noted(|noted| noted.checks_every = Some(every));
    let running = sample.run(&log);
    assert_eq!(running.caught_up().await, Ok(()));
    sleep(every * 3).await;
    sample.noted(|noted| noted.takes = Duration::from_secs(1));
    while began.elapsed() < every * 6 {
        log.append("a");
        sleep(Duration::from_millis(500)).await;
    }
    let checked = sample.noted(|noted| noted.checked_at.len());
    assert!((5..=6).contains(&checked), "{checked} times");
}

#[tokio::test(start_paused = true)]
async fn a_check_that_fails_has_all_handled_again_before_the_reactor_is_ready() {
    let (log, sample) = (SampleLog::new(), Sample::new("checking"));
    sample.noted(|noted| noted.checks_every = Some(Duration::from_secs(5)));
    log.append("a");
    let running = sample.run(&log);
    assert_eq!(running.caught_up().await, Ok(()));
    sample.noted(|noted| {
        noted.handled.clear();
        noted.check_fails = true;
        noted.takes = Duration::from_secs(2);
    });
    sleep(Duration::from_secs(6)).await;
    // It has begun again, and has not handled all there is.
    let told = running.ready().unwrap_err().to_string();
    assert!(told.contains("what it did is gone"), "{told}");
    sleep(Duration::from_secs(3)).await;
    assert_eq!((running.ready(), sample.handled()), (Ok(()), vec![seen("a", 0)]));
}

#[tokio::test(start_paused = true)]
async fn of_many_parked_streams_some_are_named_and_the_others_counted() {
    let (log, sample, reactors) = (SampleLog::new(), Sample::new("parking"), Reactors::default());
    let streams: Vec<String> = (0..25).map(|number| format!("agent-{number:02}")).collect();
    sample.noted(|noted| noted.bad = streams.iter().map(|stream| seen(stream, 0)).collect());
    for stream in &streams {
        log.append(stream);
    }
    let running = sample.run(&log);
    reactors.add(running.clone());
    assert_eq!(running.caught_up().await, Ok(()));
    let told = reactors.nothing_parked().unwrap_err();
    assert!(told.contains("agent-19") && !told.contains("agent-20"), "{told}");
    assert!(told.ends_with("; and 5 more"), "{told}");
    assert_eq!(running.parked().len(), 25);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_takes_long_is_told_until_it_is_through() {
    let (log, sample) = (SampleLog::new(), Sample::new("slow"));
    sample.noted(|noted| noted.takes = Duration::from_secs(20));
    let running = sample.run(&log);
    assert_eq!(running.caught_up().await, Ok(()));
    let position = log.append("a");
    sleep(Duration::from_secs(4)).await;
    assert_eq!(running.ready(), Ok(()));
    sleep(Duration::from_secs(2)).await;
    assert!(matches!(running.ready(), Err(NotReady::Lost { .. })));
    assert!(running.reached(position).await);
    assert_eq!(running.ready(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_until_nothing_is_under_way() {
    let (log, sample) = (SampleLog::new(), Sample::new("stopped"));
    sample.noted(|noted| noted.takes = HOUR);
    log.append("a");
    let running = sample.run(&log);
    sleep(Duration::from_secs(1)).await;
    running.stop().await;
    assert!(running.has_ended() && matches!(running.ready(), Err(NotReady::Ended { .. })));
    sleep(2 * HOUR).await;
    assert_eq!(sample.handled(), []);
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_handled_together() {
    let (log, sample) = (SampleLog::new(), Sample::new("together"));
    for number in 0..3_000 {
        log.append(&format!("agent-{}", number % 7));
    }
    sample.noted(|noted| noted.takes = Duration::from_secs(1));
    let (running, began) = (sample.run(&log), Instant::now());
    assert_eq!(running.caught_up().await, Ok(()));
    assert_eq!(began.elapsed(), Duration::from_secs(2), "2,048 and the rest");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_was_put_back_or_replaced_is_told_and_nothing_of_it_is_handled() {
    let (log, sample) = (SampleLog::new(), Sample::new("keeping"));
    sample.noted(|noted| noted.keeps_position = true);
    for _ in 0..3 {
        log.append("a");
    }
    let running = sample.run(&log);
    assert_eq!(running.caught_up().await, Ok(()));
    let handled = sample.handled();
    log.cut(2);
    running.until(|running| running.ready().is_err()).await;
    // As long as before, with another event where that was which is known.
    log.append("b");
    let later = log.append("b");
    sleep(HOUR).await;
    let told = running.ready().unwrap_err().to_string();
    for part in ["revision 2 of stream a is not in it", "Name the right one, or restart"] {
        assert!(told.contains(part), "{told}");
    }
    // The store is there, and no position is told, which would mean nothing in it.
    assert!(!told.contains("held up at"), "{told}");
    assert_eq!(running.store(), Ok(()));
    assert_eq!(sample.handled(), handled, "nothing of another log is handled");
    drop(running);

    // Nor by one that begins with what is stored.
    let running = sample.run(&log);
    sleep(HOUR).await;
    assert!(matches!(running.ready(), Err(NotReady::OtherLog(_))), "{:?}", running.ready());
    assert_eq!((sample.handled(), running.store()), (handled, Ok(())));
    // Until the right one is there: it goes on without a restart.
    log.cut(2);
    log.append("a");
    let last = log.append("a");
    assert_eq!(last, later);
    assert!(running.reached(last).await);
    assert_eq!((running.ready(), sample.handled().last()), (Ok(()), Some(&seen("a", 3))));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_ends_before_what_was_read_is_told_although_no_event_is_missing() {
    let (log, sample) = (SampleLog::new(), Sample::new("parking"));
    sample.noted(|noted| noted.bad.insert(seen("b", 0)));
    log.append("a");
    let running = sample.run(&log);
    assert_eq!(running.caught_up().await, Ok(()));
    let last = log.append("b");
    assert!(running.reached(last).await);
    // The event whose effects it has is there.
    log.cut(1);
    running.until(|running| running.ready().is_err()).await;
    let told = running.ready().unwrap_err().to_string();
    assert!(told.contains("position 20 is not in it"), "{told}");
}
