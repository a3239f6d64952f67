//! What appointments are for.

/// What an appointment is for: the three types of the CRM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Visit,
    Meeting,
    Call,
}

impl Kind {
    /// The office's code of it.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Visit => "visita_propiedad",
            Self::Meeting => "reunion_virtual",
            Self::Call => "llamada",
        }
    }
}
