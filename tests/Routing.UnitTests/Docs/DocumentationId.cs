using System.Reflection;

namespace Routing.UnitTests.Docs;

/// <summary>The name of a member in an XML documentation file.</summary>
internal static class DocumentationId
{
    public static string Of(MemberInfo member) => member switch
    {
        Type type => "T:" + NameOf(type),
        FieldInfo => $"F:{NameOf(member.DeclaringType!)}.{member.Name}",
        EventInfo => $"E:{NameOf(member.DeclaringType!)}.{member.Name}",
        PropertyInfo property => $"P:{NameOf(member.DeclaringType!)}.{member.Name}{Parameters(property.GetIndexParameters())}",
        MethodInfo { IsGenericMethodDefinition: true } method =>
            $"M:{NameOf(member.DeclaringType!)}.{Escape(member.Name)}``{method.GetGenericArguments().Length}{Parameters(method.GetParameters())}",
        MethodInfo method => $"M:{NameOf(member.DeclaringType!)}.{Escape(member.Name)}{Parameters(method.GetParameters())}",
        ConstructorInfo constructor => $"M:{NameOf(member.DeclaringType!)}.#{(constructor.IsStatic ? "cctor" : "ctor")}{Parameters(constructor.GetParameters())}",
        _ => throw new ArgumentException($"{member} has no name in the documentation.", nameof(member)),
    };

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    // An explicit implementation has its interface's name in its own.
    private static string Escape(string name) => name.Replace('.', '#').Replace('<', '{').Replace('>', '}');

    private static string Parameters(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(static parameter => Parameter(parameter.ParameterType)))})";

    private static string Parameter(Type type)
    {
        if (type.IsGenericMethodParameter)
        {
            return "``" + type.GenericParameterPosition;
        }

        if (type.IsGenericParameter)
        {
            return "`" + type.GenericParameterPosition;
        }

        if (type.IsByRef)
        {
            return Parameter(type.GetElementType()!) + "@";
        }

        if (type.IsArray)
        {
            return Parameter(type.GetElementType()!) + "[]";
        }

        if (!type.IsGenericType)
        {
            return NameOf(type);
        }

        var name = NameOf(type.GetGenericTypeDefinition());
        return $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}{{{string.Join(',', type.GetGenericArguments().Select(Parameter))}}}";
    }
}
