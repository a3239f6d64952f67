use system_tests::{Answer, Client};

use super::Unchanged;
use crate::addresses::paths;

#[tokio::test]
async fn nobody_is_told_anything_without_a_known_token() {
    let test = Unchanged::new().await;
    let client: &Client = &test.given.client;
    let stranger = client.stranger();
    let (token, bearer) = (client.token(), format!("Bearer {}", client.token()));
    let wrong = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer wrong".to_owned(),
        format!("Basic {token}"),
        token.to_owned(),
        format!("{bearer}x"),
        bearer[..bearer.len() - 1].to_owned(),
        bearer.to_uppercase(),
        format!("{bearer} {token}"),
    ];
    let nothing = ["/", "/v1/nothing"].map(|path| (path.to_owned(), vec!["GET", "POST"], false));
    let (open, known): (Vec<_>, Vec<_>) = paths().into_iter().partition(|(_, _, is_open)| *is_open);
    let addresses = known
        .into_iter()
        .chain(nothing)
        .flat_map(|(path, methods, _)| methods.into_iter().map(move |method| (method, path.clone())));
    // A method that a path does not take is no way to find out about the path.
    for (method, path) in addresses.chain([("DELETE", "/v1/office".to_owned())]) {
        // Even with a body that is wrong as well: who is not known is told nothing of what is wrong with it.
        let missing = stranger.request(method, &path).text("[]").answer().await;
        assert_unauthenticated(method, &missing);
        assert_eq!(missing.header("www-authenticate"), "Bearer");
        for wrong in &wrong {
            let answer = stranger.request(method, &path).header("authorization", wrong).answer().await;
            assert_unauthenticated(method, &answer);
        }
        let garbled =
            stranger.request(method, &path).header("authorization", b"Bearer \xff\xfe").answer().await;
        assert_unauthenticated(method, &garbled);
    }
    assert_eq!(open.len(), 2, "/livez and /readyz");
    for (path, ..) in open {
        stranger.get(&path).ok().await;
    }
    stranger.get("/v1/office").header("authorization", format!("bearer {token}")).ok().await;
    test.assert_nothing_stored().await;
}

/// An answer to `HEAD` has no body, so that its status says it all.
fn assert_unauthenticated(method: &str, answer: &Answer) {
    if method == "HEAD" {
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (401, ""), "{answer:?}");
    } else {
        answer.refused(401, "unauthenticated");
    }
}
