using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.MySql;

public sealed class MySqlPagingTests(MySqlConformanceDatabase database) : PagingSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlUpsertTests(MySqlConformanceDatabase database) : UpsertSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlGeneratedKeysTests(MySqlConformanceDatabase database) : GeneratedKeysSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlIdentifiersTests(MySqlConformanceDatabase database) : IdentifiersSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlInjectionTests(MySqlConformanceDatabase database) : InjectionSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlIsolationTests(MySqlConformanceDatabase database) : IsolationSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlReadOnlyTests(MySqlConformanceDatabase database) : ReadOnlySuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlSavepointsTests(MySqlConformanceDatabase database) : SavepointsSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlDialectTests(MySqlConformanceDatabase database) : DialectSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlTypesTests(MySqlConformanceDatabase database) : TypesSuite(database), IClassFixture<MySqlConformanceDatabase>;
