//! What Kubernetes and Prometheus ask of a process: whether it lives, whether it is ready, what it has counted.

mod livez;
mod metrics;
mod readyz;

use std::fmt;
use std::sync::Arc;

use crate::{Metrics, Routes};

/// Adds `/livez`, `/readyz` and `/metrics`. They expect `web::Data<Operations>` and `web::Data<Authentication>`.
pub fn configure_operations(routes: &mut Routes) {
    routes.open("/livez", livez::livez).open("/readyz", readyz::readyz).guarded("/metrics", metrics::metrics);
}

/// What is told of the process itself.
#[derive(Debug, Clone, Default)]
pub struct Operations {
    /// What has to be well for requests to be sent here.
    pub checks: Vec<ReadinessCheck>,
    /// What has been counted, if anything is.
    pub metrics: Option<Metrics>,
}

/// One part that has to be well, by name.
#[derive(Clone)]
pub struct ReadinessCheck {
    name: &'static str,
    check: Arc<dyn Fn() -> Result<(), String> + Send + Sync>,
    /// Requests may be sent here even if it is not well.
    is_optional: bool,
}

impl ReadinessCheck {
    /// `check` answers at once, without IO; what it says when not well is shown to anyone, so it tells nothing secret.
    pub fn new<E: fmt::Display>(
        name: &'static str,
        check: impl Fn() -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            check: Arc::new(move || check().map_err(|reason| reason.to_string())),
            is_optional: false,
        }
    }

    /// The same of a part without which requests are answered too: what is wrong with it is told, and requests go on
    /// being sent here.
    #[must_use]
    pub fn of_a_part_that_others_do_without(self) -> Self {
        Self { is_optional: true, ..self }
    }

    const fn name(&self) -> &'static str {
        self.name
    }

    fn run(&self) -> Result<(), String> {
        (self.check)()
    }
}

impl fmt::Debug for ReadinessCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadinessCheck").field(&self.name).finish()
    }
}
