using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Routing.UnitTests.Tidy;

namespace Routing.UnitTests.Docs;

/// <summary>Every public type, member and parameter of the packages says what it is for.</summary>
public sealed class DocumentationCoverageTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static TheoryData<string> Libraries
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (var project in Projects().Select(static file => Path.GetFileNameWithoutExtension(file)))
            {
                data.Add(project);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Every_public_member_has_a_summary(string library)
    {
        var documents = Read(library);

        AssertNone(PublicMembers(library).Where(member => !IsDescribed(documents, member)).Select(DocumentationId.Of));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Every_public_parameter_has_a_text(string library)
    {
        var documents = Read(library);
        var silent = from member in PublicMembers(library)
                     let document = documents.GetValueOrDefault(DocumentationId.Of(member))
                     where document is not null && !CannotBeCalled(member)
                     let inherited = document.Element("inheritdoc")
                     where inherited is null || inherited.Attribute("cref") is not null
                     let source = inherited is null ? null : documents.GetValueOrDefault((string)inherited.Attribute("cref")!)
                     from missing in ParametersOf(member).Except(Texts(document, source, "param")).Concat(TypeParametersOf(member).Except(Texts(document, source, "typeparam")))
                     select $"{DocumentationId.Of(member)}: {missing}";

        AssertNone(silent);
    }

    [Fact]
    public void The_compiler_refuses_a_public_member_without_documentation()
    {
        Assert.NotEmpty(Projects());
        Assert.Contains("<GenerateDocumentationFile>true<", File.ReadAllText(Path.Combine(Repository.Root, "src/Directory.Build.props")), StringComparison.Ordinal);
        Assert.Contains("<TreatWarningsAsErrors>true<", File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")), StringComparison.Ordinal);

        string[] settings = ["Directory.Build.props", ".editorconfig", "src/Directory.Build.props", "src/Directory.Build.targets"];
        var lenient = settings.Select(static file => Path.Combine(Repository.Root, file)).Concat(Projects()).Concat(Repository.SourcesUnder("src"))
            .Where(static file => File.ReadAllText(file) is var text
                && (text.Contains("CS1591", StringComparison.Ordinal) || text.Contains("GenerateDocumentationFile>false", StringComparison.Ordinal)));
        Assert.Empty(lenient);
    }

    private static void AssertNone(IEnumerable<string> silent)
    {
        var all = silent.ToList();
        Assert.True(all.Count == 0, $"{all.Count} without a text:\n{string.Join('\n', all)}");
    }

    // A project without an assembly of its own has nothing to document.
    private static IEnumerable<string> Projects() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(static file => !File.ReadAllText(file).Contains("<IncludeBuildOutput>false<", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    private static Dictionary<string, XElement> Read(string library) =>
        XDocument.Load(Path.Combine(AppContext.BaseDirectory, library + ".xml")).Descendants("member")
            .ToDictionary(static member => (string)member.Attribute("name")!, StringComparer.Ordinal);

    private static IEnumerable<MemberInfo> PublicMembers(string library) =>
        Assembly.Load(library).GetExportedTypes()
            .SelectMany(static type => type.GetMembers(Declared).Where(IsPublic).Where(member => IsWritten(type, member)).Prepend(type));

    private static bool IsPublic(MemberInfo member) => member switch
    {
        MethodBase method => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && (!method.IsSpecialName || method is ConstructorInfo),
        FieldInfo field => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsPublicAccessor),
        EventInfo @event => @event.AddMethod is { } add && IsPublicAccessor(add),
        _ => false,
    };

    private static bool IsPublicAccessor(MethodInfo accessor) => accessor.IsPublic || accessor.IsFamily || accessor.IsFamilyOrAssembly;

    // What the compiler writes nobody documents: a record's members, a default constructor, a delegate's methods.
    private static bool IsWritten(Type type, MemberInfo member) =>
        !member.IsDefined(typeof(CompilerGeneratedAttribute))
        && !typeof(Delegate).IsAssignableFrom(type)
        && member is not PropertyInfo { Name: "EqualityContract" }
        && !(member is ConstructorInfo constructor && constructor.GetParameters().Length == 0 && IsDefault(constructor));

    // A constructor that was written has a body of its own; the compiler's only calls the base's (and initializers).
    private static bool IsDefault(ConstructorInfo constructor) =>
        !Repository.SourcesUnder("src").Any(file => Regex.IsMatch(
            File.ReadAllText(file), $@"(public|protected|internal|private) {constructor.DeclaringType!.Name.Split('`')[0]}\(\)", RegexOptions.None, TimeSpan.FromSeconds(5)));

    private static bool IsDescribed(Dictionary<string, XElement> documents, MemberInfo member)
    {
        if (documents.TryGetValue(DocumentationId.Of(member), out var document))
        {
            return document.Element("inheritdoc") is not null || !string.IsNullOrWhiteSpace(document.Element("summary")?.Value);
        }

        // The parameters of a positional record document its constructor and its properties.
        return documents.TryGetValue(DocumentationId.Of(member.DeclaringType!), out var type)
            && (member is ConstructorInfo || Texts(type, "param").Contains(member.Name));
    }

    private static IEnumerable<string> ParametersOf(MemberInfo member) => member switch
    {
        MethodBase method => method.GetParameters().Select(static parameter => parameter.Name!),
        PropertyInfo property => property.GetIndexParameters().Select(static parameter => parameter.Name!),
        Type type when typeof(Delegate).IsAssignableFrom(type) => type.GetMethod("Invoke")!.GetParameters().Select(static parameter => parameter.Name!),
        _ => [],
    };

    private static IEnumerable<string> TypeParametersOf(MemberInfo member) => member switch
    {
        MethodInfo { IsGenericMethodDefinition: true } method => method.GetGenericArguments().Select(static argument => argument.Name),
        Type { IsGenericTypeDefinition: true } type => type.GetGenericArguments().Select(static argument => argument.Name),
        _ => [],
    };

    // An overload that only exists so that a wrong call does not compile.
    private static bool CannotBeCalled(MemberInfo member) => member.GetCustomAttribute<ObsoleteAttribute>() is { IsError: true };

    private static IEnumerable<string> Texts(XElement document, XElement? inherited, string element) =>
        inherited is null ? Texts(document, element) : Texts(document, element).Concat(Texts(inherited, element));

    private static IEnumerable<string> Texts(XElement document, string element) =>
        document.Elements(element).Where(static text => !string.IsNullOrWhiteSpace(text.Value) || text.HasElements).Select(static text => (string)text.Attribute("name")!);
}
