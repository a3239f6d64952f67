use serde::{Deserialize, Serialize};

use crate::answer::{
    AgentAnswer, AppointmentAnswer, BlockAnswer, ExceptionAnswer, ExternalBusyAnswer, HoldAnswer,
    ReleasedHoldAnswer, ReservationAnswer, RulesAnswer, answers,
};

answers! {
    /// The answer of an accepted command on an agent, without version and position.
    Answer {
        Appointment(AppointmentAnswer),
        Hold(HoldAnswer),
        ReleasedHold(ReleasedHoldAnswer),
        Reservation(ReservationAnswer),
        Rules(RulesAnswer),
        // Before the exception: a block of whole days has a date as well.
        Block(BlockAnswer),
        Exception(ExceptionAnswer),
        ExternalBusy(ExternalBusyAnswer),
        Agent(AgentAnswer),
    }
}
