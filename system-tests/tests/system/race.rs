use futures::future::join_all;

use crate::support::{Given, all, at, booking, head, instant, text};

const CLIENTS: usize = 16;
const SLOTS: i64 = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_who_want_a_slot_one_gets_it_and_the_others_are_told_what_else_there_is() {
    let given = Given::agency(&["7"]).await;
    let clients: Vec<_> = (0..CLIENTS).map(|_| given.client.another()).collect();
    for slot in 0..SLOTS {
        let start = at(3, slot * 30);
        let asked = clients.iter().enumerate().map(|(number, client)| {
            client.post("/v1/appointments").body(&booking("7", &format!("{slot}-{number}"), start)).answer()
        });
        let (booked, refused): (Vec<_>, Vec<_>) =
            join_all(asked).await.into_iter().partition(|answer| answer.status.is_success());
        assert_eq!(booked.len(), 1, "{start}: {booked:?}");
        assert_eq!(booked[0].status, 201);
        for answer in refused {
            let problem = answer.refused(409, "slot_unavailable");
            assert_eq!(problem["reason"], "already_booked", "{start}");
            let alternatives = problem["alternatives"].as_array().unwrap();
            assert_eq!(alternatives.len(), 3, "{start}: {problem}");
            assert!(alternatives.iter().all(|other| instant(&other["start"]) != start), "{problem}");
        }
    }
    let listed = all(&given.client, "/v1/appointments?agent_id=7", &head(&given.client).await).await;
    let starts: Vec<&str> = listed.iter().filter_map(|appointment| appointment["start"].as_str()).collect();
    let expected: Vec<String> = (0..SLOTS).map(|slot| text(at(3, slot * 30))).collect();
    assert_eq!(starts, expected);
}
