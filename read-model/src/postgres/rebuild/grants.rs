//! Privileges of other roles on the tables: they keep them when a rebuild replaces the tables.

use sqlx::PgConnection;

use super::schema::run;

/// Grants every role the privileges on the new schema and its tables that it has on the live ones.
pub(super) async fn copy(connection: &mut PgConnection, live: &str, next: &str) -> Result<(), sqlx::Error> {
    let grants = sqlx::query_scalar!(
        r#"WITH given AS (
            SELECT 'SCHEMA ' || quote_ident($2::text) AS what, acl.*
            FROM pg_namespace, aclexplode(nspacl) AS acl
            WHERE nspname = $1::text AND acl.grantee <> nspowner
          UNION ALL
            SELECT 'TABLE ' || format('%I.%I', $2::text, relname), acl.*
            FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace, aclexplode(relacl) AS acl
            WHERE nspname = $1::text AND relkind = 'r' AND acl.grantee <> relowner
              AND to_regclass(format('%I.%I', $2::text, relname)) IS NOT NULL
        )
        SELECT format('GRANT %s ON %s TO %s', privilege_type, what,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END) AS "statement!"
        FROM given"#,
        live,
        next
    );
    for statement in grants.fetch_all(&mut *connection).await? {
        run(connection, &statement).await?;
    }
    Ok(())
}
