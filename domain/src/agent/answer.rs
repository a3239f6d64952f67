use serde::{Deserialize, Serialize};

use crate::answer::{
    AgentAnswer, AppointmentAnswer, BlockAnswer, ExceptionAnswer, ExternalBusyAnswer, HoldAnswer,
    ReleasedHoldAnswer, RulesAnswer, answers,
};

answers! {
    /// What an accepted command on an agent answers, beside version and position.
    Answer {
        Appointment(AppointmentAnswer),
        Hold(HoldAnswer),
        ReleasedHold(ReleasedHoldAnswer),
        Rules(RulesAnswer),
        Exception(ExceptionAnswer),
        Block(BlockAnswer),
        ExternalBusy(ExternalBusyAnswer),
        Agent(AgentAnswer),
    }
}
