using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.Sqlite;

public sealed class SqlitePagingTests(SqliteConformanceDatabase database) : PagingSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteUpsertTests(SqliteConformanceDatabase database) : UpsertSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteGeneratedKeysTests(SqliteConformanceDatabase database) : GeneratedKeysSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteIdentifiersTests(SqliteConformanceDatabase database) : IdentifiersSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteInjectionTests(SqliteConformanceDatabase database) : InjectionSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteIsolationTests(SqliteConformanceDatabase database) : IsolationSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteReadOnlyTests(SqliteConformanceDatabase database) : ReadOnlySuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteSavepointsTests(SqliteConformanceDatabase database) : SavepointsSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteDialectTests(SqliteConformanceDatabase database) : DialectSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteTypesTests(SqliteConformanceDatabase database) : TypesSuite(database), IClassFixture<SqliteConformanceDatabase>;
