using Routing.UnitTests.Configuration;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("Routing.ConformanceTests.Matrix.ResultsFramework", "Routing.ConformanceTests")]

namespace Routing.ConformanceTests.Matrix;

/// <summary>Runs the tests as the runner's own framework does. Where snapshots are updated it writes what passed into the <see cref="MatrixPage"/>.</summary>
public sealed class ResultsFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(System.Reflection.AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(System.Reflection.AssemblyName assembly, ISourceInformationProvider sources, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(assembly, sources, diagnostics)
    {
        protected override void RunTestCases(IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions) =>
            base.RunTestCases(testCases, Snapshot.IsUpdating ? new Sink(executionMessageSink) : executionMessageSink, executionOptions);
    }

    /// <summary>Passes everything on. Called from one thread per running class.</summary>
    private sealed class Sink(IMessageSink inner) : LongLivedMarshalByRefObject, IMessageSink
    {
        private readonly Dictionary<string, (int Passed, int Run)> _classes = new(StringComparer.Ordinal);
        private readonly Lock _gate = new();

        public bool OnMessage(IMessageSinkMessage message)
        {
            switch (message)
            {
                case ITestPassed passed:
                    Count(passed, passed: 1);
                    break;
                case ITestFailed or ITestSkipped:
                    Count((ITestMessage)message, passed: 0);
                    break;
                case ITestAssemblyFinished:
                    MatrixPage.Write(_classes);
                    break;
                default:
                    break;
            }

            return inner.OnMessage(message);
        }

        private void Count(ITestMessage message, int passed)
        {
            var name = message.TestClass.Class.Name;
            lock (_gate)
            {
                var before = _classes.GetValueOrDefault(name);
                _classes[name] = (before.Passed + passed, before.Run + 1);
            }
        }
    }
}
