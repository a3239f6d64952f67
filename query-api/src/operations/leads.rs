use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{LeadRow, LeadSearch, Limit, Page, PageRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::QueryApi;
use crate::parameters::limit;
use crate::query_result::found;

/// Leads by name, telephone or e-mail address.
pub(crate) struct ListLeads;

/// What is searched for, and which page.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeadPage {
    /// The beginnings of words of a name, or of an e-mail address, or the last digits of a telephone number. Every lead,
    /// by id, if left out.
    q: Option<String>,
    /// How many entries; by default 50.
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Operation for ListLeads {
    const NAME: &'static str = "ListLeads";
    const SUMMARY: &'static str =
        "Leads by the beginnings of names or e-mail addresses, or the end of a telephone number.";
    const ACCESS: Access = Access::APPOINTMENTS;
    const ERRORS: &'static [Code] = &[];
    type Target = Nothing;
    type Request = LeadPage;
    type Answer = Page<LeadRow>;
}

impl Query for ListLeads {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        LeadPage { q, limit, cursor }: LeadPage,
    ) -> Result<Found<Page<LeadRow>>, Problem> {
        let search = q.as_deref().map(LeadSearch::read).transpose();
        let search = search.map_err(|unusable| Problem::malformed("q", unusable.to_string()))?;
        found(api.read_model(call).await?.leads(search.as_ref(), &PageRequest { limit, cursor }).await)
    }
}

#[cfg(test)]
mod tests {
    use schemas::event::LeadRegistered;
    use schemas::value::LeadProfile;
    use schemas::{LeadId, Personal};

    use crate::sample::Sample;

    fn register(sample: &mut Sample, id: &str, name: &str, email: &str, phone: &str) {
        let lead_id: LeadId = id.parse().unwrap();
        let personal = |text: &str| Some(Personal::new(lead_id.clone(), text.to_owned()));
        let (name, email, phone) = (personal(name), personal(email), personal(phone));
        let profile = LeadProfile { name, email, phone, ..LeadProfile::default() };
        sample.lead(id, LeadRegistered { lead_id: lead_id.clone(), profile });
    }

    fn sample() -> Sample {
        let mut sample = Sample::new();
        sample.book(1, "7", "9", "2026-12-02T13:00:00Z");
        register(&mut sample, "1", "Zoraida Núñez", "zora.nunez@example.org", "+56977712345");
        register(&mut sample, "2", "Ana Núñez Soto", "ana@example.org", "+56977712345");
        register(&mut sample, "3", "Anabel Anaya", "anabel@example.com", "+56900012345");
        sample
    }

    async fn ids(sample: &Sample, query: &str) -> Vec<String> {
        let body = sample.get(&format!("/v1/leads?{query}")).await.body;
        let items = body["items"].as_array().unwrap_or_else(|| panic!("{query}: {body}"));
        items.iter().map(|lead| lead["lead_id"].as_str().unwrap().to_owned()).collect()
    }

    #[actix_web::test]
    async fn leads_are_found_by_name_telephone_and_address() {
        let sample = sample();
        for (query, expected) in [
            ("q=nunez", &["1", "2"][..]),
            ("q=N%C3%9A%C3%91", &["1", "2"]),
            ("q=nu%20ana", &["2"]),
            ("q=ana", &["2", "3"]),
            ("q=zora.nu", &["1"]),
            ("q=zora.nunez%40exa", &["1"]),
            ("q=%2B56%209%207771%202345", &["1", "2"]),
            ("q=12345", &["3", "1", "2"]),
            ("q=carla", &["9"]),
            ("q=unez", &[]),
            ("q=example", &[]),
            ("", &["1", "2", "3", "9"]),
        ] {
            assert_eq!(ids(&sample, query).await, expected, "{query}");
        }
    }

    #[actix_web::test]
    async fn what_is_found_comes_a_page_at_a_time() {
        let sample = sample();
        for query in ["q=ana&limit=1", "q=nunez&limit=1", "q=12345&limit=1", "limit=1"] {
            let (mut found, mut cursor) = (Vec::new(), String::new());
            loop {
                let body = sample.get(&format!("/v1/leads?{query}{cursor}")).await.body;
                found
                    .extend(body["items"].as_array().unwrap().iter().map(|lead| lead["lead_id"].to_string()));
                let Some(next) = body["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            let whole = query.replace("&limit=1", "").replace("limit=1", "");
            let expected: Vec<_> = ids(&sample, &whole).await.iter().map(|id| format!("\"{id}\"")).collect();
            assert_eq!(found, expected, "{query}");
        }
    }

    #[actix_web::test]
    async fn a_bad_parameter_is_named() {
        let sample = sample();
        let of_nunez = sample.get("/v1/leads?q=nunez&limit=1").await.body["next_cursor"].clone();
        let of_nunez = of_nunez.as_str().unwrap();
        for (query, field) in [
            ("q=a".to_owned(), "q"),
            ("q=%20".to_owned(), "q"),
            ("q=a%20b%20c%20dd%20e%20f".to_owned(), "q"),
            ("limit=0".to_owned(), "limit"),
            ("cursor=%20".to_owned(), "cursor"),
            (format!("cursor={of_nunez}"), "cursor"),
            (format!("q=ana&cursor={of_nunez}"), "cursor"),
        ] {
            assert_eq!(sample.get(&format!("/v1/leads?{query}")).await.refused_field(), field, "{query}");
        }
    }
}
