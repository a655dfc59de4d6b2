using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Routing.UnitTests.Api;

/// <summary>Writes an assembly's public and protected members as sorted text.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(static type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{Kind(type)} {Name(type, full: true)}{Bases(type)}\n");
            foreach (var member in Members(type).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        }

        return type.GetFields(Declared).Where(static field => IsVisible(field)).Select(static field => $"field {Name(field.FieldType)} {field.Name}")
            .Concat(type.GetConstructors(Declared).Where(static method => IsVisible(method)).Select(static method => $"new({Parameters(method)})"))
            .Concat(type.GetProperties(Declared).Where(static property => property.GetAccessors(true).Any(IsVisible)).Select(Property))
            .Concat(type.GetEvents(Declared).Where(static e => IsVisible(e.AddMethod!)).Select(static e => $"event {Name(e.EventHandlerType!)} {e.Name}"))
            .Concat(type.GetMethods(Declared).Where(static method => IsVisible(method) && !IsAccessor(method)).Select(Method));
    }

    private static string Property(PropertyInfo property)
    {
        var accessors = string.Join(" ", new[] { (property.GetMethod, "get;"), (property.SetMethod, IsInit(property) ? "init;" : "set;") }
            .Where(static accessor => accessor.Item1 is { } method && IsVisible(method)).Select(static accessor => accessor.Item2));
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        return $"{required}{Name(property.PropertyType)} {property.Name} {{ {accessors} }}";
    }

    private static string Method(MethodInfo method)
    {
        var generics = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(static argument => argument.Name))}>" : "";
        var obsolete = method.GetCustomAttribute<ObsoleteAttribute>() is { IsError: true } ? "[error] " : "";
        return $"{obsolete}{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {method.Name}{generics}({Parameters(method)})";
    }

    private static bool IsInit(PropertyInfo property) =>
        property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(static parameter =>
        $"{(parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? " = " + Default(parameter) : "")}"));

    private static string Default(ParameterInfo parameter) =>
        parameter.DefaultValue is null ? (parameter.ParameterType.IsValueType ? "default" : "null") : Convert.ToString(parameter.DefaultValue, CultureInfo.InvariantCulture)!;

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && (method.Name.StartsWith("get_", StringComparison.Ordinal) || method.Name.StartsWith("set_", StringComparison.Ordinal)
            || method.Name.StartsWith("add_", StringComparison.Ordinal) || method.Name.StartsWith("remove_", StringComparison.Ordinal));

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(FieldInfo field) => (field.IsPublic || field.IsFamily) && !field.IsSpecialName;

    private static string Kind(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Bases(Type type)
    {
        IEnumerable<string> bases = type.IsEnum || type.IsValueType ? [] : new[] { type.BaseType }.Where(static b => b is not null && b != typeof(object)).Select(static b => Name(b!));
        IEnumerable<string> contracts = type.IsEnum ? [] : type.GetInterfaces().Where(static contract => contract.IsPublic).Select(static contract => Name(contract)).Order(StringComparer.Ordinal);
        var all = bases.Concat(contracts).ToArray();
        return all.Length == 0 ? "" : " : " + string.Join(", ", all);
    }

    private static string Name(Type type, bool full = false)
    {
        if (type.IsByRef || type.IsArray)
        {
            return Name(type.GetElementType()!, full) + (type.IsByRef ? "&" : "[]");
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying, full) + "?";
        }

        var name = full ? type.FullName! : type.Name;
        if (!type.IsGenericType)
        {
            return name;
        }

        var tick = name.IndexOf('`', StringComparison.Ordinal);
        return $"{(tick < 0 ? name : name[..tick])}<{string.Join(", ", type.GetGenericArguments().Select(static argument => Name(argument)))}>";
    }
}
