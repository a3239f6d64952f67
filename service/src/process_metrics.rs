//! Metrics that Linux has of the process, under the usual names of Prometheus' clients. Other systems have none.

use metrics::{Unit, describe_counter, describe_gauge};

/// Describes each metric.
pub(crate) fn describe() {
    describe_counter!("process_cpu_seconds_total", Unit::Seconds, "Processor time used.");
    describe_gauge!("process_open_fds", Unit::Count, "Open files and connections.");
    describe_gauge!("process_max_fds", Unit::Count, "How many files and connections may be open.");
    describe_gauge!("process_resident_memory_bytes", Unit::Bytes, "Memory in use.");
    describe_gauge!("process_virtual_memory_bytes", Unit::Bytes, "Address space in use.");
    describe_gauge!(
        "process_start_time_seconds",
        Unit::Seconds,
        "When the process was started, as Unix time."
    );
    describe_gauge!("process_threads", Unit::Count, "Threads.");
}

/// Updates the metrics. What cannot be read keeps its last value.
#[cfg(target_os = "linux")]
#[expect(clippy::cast_precision_loss, reason = "gauges are floats; none of these comes near 2^53")]
pub(crate) fn collect() {
    use metrics::{counter, gauge};
    use procfs::WithCurrentSystemInfo as _;
    use procfs::process::{LimitValue, Process};

    let Ok(process) = Process::myself() else { return };
    if let Ok(stat) = process.stat() {
        let ticks = procfs::ticks_per_second();
        counter!("process_cpu_seconds_total").absolute((stat.utime + stat.stime) / ticks);
        gauge!("process_resident_memory_bytes").set(stat.rss_bytes().get() as f64);
        gauge!("process_virtual_memory_bytes").set(stat.vsize as f64);
        gauge!("process_threads").set(stat.num_threads as f64);
        if let Ok(boot) = procfs::boot_time_secs() {
            gauge!("process_start_time_seconds").set((boot + stat.starttime / ticks) as f64);
        }
    }
    if let Ok(open) = process.fd_count() {
        gauge!("process_open_fds").set(open as f64);
    }
    if let Ok(limits) = process.limits()
        && let LimitValue::Value(most) = limits.max_open_files.soft_limit
    {
        gauge!("process_max_fds").set(most as f64);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) const fn collect() {}
