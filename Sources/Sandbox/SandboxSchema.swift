/// Keycloak's three tables that matter here, in small, and the roles.
enum SandboxSchema {
  /// For the database `postgres`, as superuser. The slots keep WAL from the first checkpoint on.
  static func cluster(standbys: [String]) -> [String] {
    standbys.map {
      "SELECT pg_create_physical_replication_slot('\(SandboxLayout.slot($0))', true)"
    } + [
      "CREATE ROLE \(SandboxLayout.owner) LOGIN",
      "CREATE ROLE \(SandboxLayout.monitor) LOGIN IN ROLE pg_monitor",
      "CREATE DATABASE \(SandboxLayout.database) OWNER \(SandboxLayout.owner)",
    ]
  }

  /// pg_read_all_data is PostgreSQL 14's; before, rights on the tables do.
  static let monitorGrants = [
    """
    DO $$ BEGIN
      IF current_setting('server_version_num')::int >= 140000 THEN
        GRANT pg_read_all_data TO \(SandboxLayout.monitor);
      ELSE
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(SandboxLayout.monitor);
      END IF;
    END $$
    """
  ]

  /// For the database `keycloak`, as its owner.
  static func tables(users: Int) -> [String] {
    [
      """
      CREATE TABLE user_entity (
        id varchar(36) PRIMARY KEY, username varchar(255) NOT NULL, email varchar(255),
        email_verified boolean NOT NULL DEFAULT false, enabled boolean NOT NULL DEFAULT true,
        first_name varchar(255), last_name varchar(255), realm_id varchar(255) NOT NULL,
        created_timestamp bigint)
      """,
      """
      CREATE TABLE user_session (
        id bigint PRIMARY KEY, user_id varchar(36) NOT NULL, realm_id varchar(255) NOT NULL,
        ip_address varchar(45), started timestamptz NOT NULL DEFAULT now(),
        last_refresh timestamptz NOT NULL DEFAULT now())
      """,
      """
      CREATE TABLE event (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, type varchar(255) NOT NULL,
        realm_id varchar(255) NOT NULL, user_id varchar(36), ip_address varchar(45),
        event_time timestamptz NOT NULL DEFAULT now())
      """,
      """
      INSERT INTO user_entity
      SELECT md5('u' || n), 'user' || n, 'user' || n || '@example.org', n % 7 <> 0, n % 50 <> 0,
        'First' || n % 400, 'Last' || n % 900, 'main',
        (extract(epoch FROM now()) * 1000)::bigint - n * 60000::bigint
      FROM generate_series(1, \(users)) AS n
      """,
      """
      INSERT INTO user_session
      SELECT n, md5('u' || n), 'main', '198.51.100.' || n % 250, now() - n * interval '2 seconds',
        now() - n * interval '1 second'
      FROM generate_series(1, \(sessions)) AS n
      """,
      """
      INSERT INTO event (type, realm_id, user_id, ip_address, event_time)
      SELECT CASE n % 5 WHEN 0 THEN 'LOGOUT' WHEN 1 THEN 'LOGIN_ERROR' ELSE 'LOGIN' END, 'main',
        md5('u' || n % 900), '198.51.100.' || n % 250, now() - (2000 - n) * interval '30 seconds'
      FROM generate_series(1, 2000) AS n
      """,
    ]
  }

  static let sessions = 500

  /// One transaction of the gentle writer: an event, a session touched, and every 25th time a new user.
  static func tick(_ number: Int) -> String {
    let user =
      number % 25 == 24
      ? """
      , newcomer AS (
        INSERT INTO user_entity (id, username, email, realm_id, created_timestamp)
        SELECT md5(random()::text || clock_timestamp()), 'guest', NULL, 'main',
          (extract(epoch FROM now()) * 1000)::bigint)
      """ : ""
    return """
      WITH touched AS (
        UPDATE user_session SET last_refresh = now()
        WHERE id = 1 + (random() * \(sessions - 1))::int RETURNING user_id)\(user)
      INSERT INTO event (type, realm_id, user_id, ip_address)
      SELECT 'REFRESH_TOKEN', 'main', user_id, '198.51.100.7' FROM touched
      """
  }
}
