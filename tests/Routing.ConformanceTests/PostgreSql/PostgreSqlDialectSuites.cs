using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.PostgreSql;

public sealed class PostgreSqlPagingTests(PostgreSqlConformanceDatabase database) : PagingSuite(database), IClassFixture<PostgreSqlConformanceDatabase>;

public sealed class PostgreSqlUpsertTests(PostgreSqlConformanceDatabase database) : UpsertSuite(database), IClassFixture<PostgreSqlConformanceDatabase>;

public sealed class PostgreSqlGeneratedKeysTests(PostgreSqlConformanceDatabase database) : GeneratedKeysSuite(database), IClassFixture<PostgreSqlConformanceDatabase>;

public sealed class PostgreSqlIdentifiersTests(PostgreSqlConformanceDatabase database) : IdentifiersSuite(database), IClassFixture<PostgreSqlConformanceDatabase>;

public sealed class PostgreSqlInjectionTests(PostgreSqlConformanceDatabase database) : InjectionSuite(database), IClassFixture<PostgreSqlConformanceDatabase>;

public sealed class PostgreSqlIsolationTests(PostgreSqlConformanceDatabase database) : IsolationSuite(database), IClassFixture<PostgreSqlConformanceDatabase>;

public sealed class PostgreSqlReadOnlyTests(PostgreSqlConformanceDatabase database) : ReadOnlySuite(database), IClassFixture<PostgreSqlConformanceDatabase>;

public sealed class PostgreSqlSavepointsTests(PostgreSqlConformanceDatabase database) : SavepointsSuite(database), IClassFixture<PostgreSqlConformanceDatabase>;

public sealed class PostgreSqlDialectTests(PostgreSqlConformanceDatabase database) : DialectSuite(database), IClassFixture<PostgreSqlConformanceDatabase>;

public sealed class PostgreSqlTypesTests(PostgreSqlConformanceDatabase database) : TypesSuite(database), IClassFixture<PostgreSqlConformanceDatabase>;
