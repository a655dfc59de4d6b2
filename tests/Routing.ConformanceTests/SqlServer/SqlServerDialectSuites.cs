using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.SqlServer;

public sealed class SqlServerPagingTests(SqlServerConformanceDatabase database) : PagingSuite(database), IClassFixture<SqlServerConformanceDatabase>;

public sealed class SqlServerUpsertTests(SqlServerConformanceDatabase database) : UpsertSuite(database), IClassFixture<SqlServerConformanceDatabase>;

public sealed class SqlServerGeneratedKeysTests(SqlServerConformanceDatabase database) : GeneratedKeysSuite(database), IClassFixture<SqlServerConformanceDatabase>;

public sealed class SqlServerIdentifiersTests(SqlServerConformanceDatabase database) : IdentifiersSuite(database), IClassFixture<SqlServerConformanceDatabase>;

public sealed class SqlServerInjectionTests(SqlServerConformanceDatabase database) : InjectionSuite(database), IClassFixture<SqlServerConformanceDatabase>;

public sealed class SqlServerIsolationTests(SqlServerConformanceDatabase database) : IsolationSuite(database), IClassFixture<SqlServerConformanceDatabase>;

public sealed class SqlServerReadOnlyTests(SqlServerConformanceDatabase database) : ReadOnlySuite(database), IClassFixture<SqlServerConformanceDatabase>;

public sealed class SqlServerSavepointsTests(SqlServerConformanceDatabase database) : SavepointsSuite(database), IClassFixture<SqlServerConformanceDatabase>;

public sealed class SqlServerDialectTests(SqlServerConformanceDatabase database) : DialectSuite(database), IClassFixture<SqlServerConformanceDatabase>;

public sealed class SqlServerTypesTests(SqlServerConformanceDatabase database) : TypesSuite(database), IClassFixture<SqlServerConformanceDatabase>;
