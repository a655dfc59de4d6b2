using Routing.Primitives;
using Routing.Statements;

namespace Routing.UnitTests.Statements;

public sealed class SqlTextTests
{
    private enum Status
    {
        Open,
        Paid,
    }

    [Fact]
    public void Each_hole_becomes_a_numbered_parameter()
    {
        int id = 5;
        var name = "x'; drop table orders; --";

        var (text, values) = Take($"select * from orders where id = {id} and name = {name}");

        Assert.Equal("select * from orders where id = @p0 and name = @p1", text);
        Assert.Equal([5, name], All(values));
    }

    /// <summary>
    /// Were a fragment's pieces taken for literals whatever they are made of, the tree would fill with texts that never come
    /// again, and the last call site get a new string at each call.
    /// </summary>
    [Fact]
    public void Fragments_of_generated_text_do_not_fill_the_tree_of_known_texts()
    {
        for (var i = 0; i < TextNode.MostNodes; i++)
        {
            var generated = Sql.Format($"name_{Sql.Raw(i.ToString(System.Globalization.CultureInfo.InvariantCulture))} = {i}");
            Assert.Equal($"select 1 where name_{i} = @p0 or name_{i} = @p1", Take($"select 1 where {generated} or {generated}").Text);
        }

        static string Site() => Take($"select 'a call site of its own' where {1} = {2}").Text;
        Assert.Same(Site(), Site());
    }

    [Fact]
    public void Text_without_holes_has_no_values()
    {
        var (text, values) = Take($"select 1");

        Assert.Equal("select 1", text);
        Assert.Null(values);
    }

    [Fact]
    public void Empty_text_is_empty()
    {
        var (text, values) = Take($"");

        Assert.Equal("", text);
        Assert.Null(values);
    }

    [Fact]
    public void Null_values_stay_values()
    {
        int? none = null;
        string? nothing = null;

        var (text, values) = Take($"select {none}, {nothing}, {(object?)null}");

        Assert.Equal("select @p0, @p1, @p2", text);
        Assert.Equal([null, null, null], All(values));
    }

    [Fact]
    public void Values_keep_their_types()
    {
        var at = new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);
        int[] ids = [1, 2];
        char letter = 'a';

        var (_, values) = Take($"{Status.Paid}{at}{ids}{letter}{1.5m}");

        Assert.Equal([Status.Paid, at, ids, 'a', 1.5m], All(values));
        Assert.IsType<Status>(values![0]);
        Assert.Same(ids, values[2]);
    }

    [Fact]
    public void Raw_text_goes_in_as_it_is()
    {
        var (text, values) = Take($"select * from {Sql.Raw("orders")} where id = {5} order by {Sql.Raw("total desc")}");

        Assert.Equal("select * from orders where id = @p0 order by total desc", text);
        Assert.Equal([5], All(values));
    }

    [Fact]
    public void Empty_raw_text_adds_nothing()
    {
        var (text, _) = Take($"select 1{Sql.Raw("")} where 2 = {2}");

        Assert.Equal("select 1 where 2 = @p0", text);
    }

    [Fact]
    public void Fragments_are_numbered_anew()
    {
        var since = Sql.Format($"created_at > {10}");
        var both = Sql.Format($"({since} or {since} or total > {20})");

        var (text, values) = Take($"select * from orders where id = {1} and {both} limit {2}");

        Assert.Equal("select * from orders where id = @p0 and (created_at > @p1 or created_at > @p2 or total > @p3) limit @p4", text);
        Assert.Equal([1, 10, 10, 20, 2], All(values));
    }

    [Fact]
    public void Fragments_may_hold_raw_text()
    {
        var sort = Sql.Format($"order by {Sql.Raw("total")} offset {3}");

        var (text, values) = Take($"select * from orders {sort}");

        Assert.Equal("select * from orders order by total offset @p0", text);
        Assert.Equal([3], All(values));
    }

    [Fact]
    public void Empty_fragment_adds_nothing()
    {
        var (text, values) = Take($"select * from orders {Sql.Empty}limit {1}");

        Assert.Equal("select * from orders limit @p0", text);
        Assert.Equal([1], All(values));
        Assert.True(Sql.Empty.IsEmpty);
        Assert.Equal("", Sql.Empty.ToString());
    }

    [Fact]
    public void Fragment_shows_its_text_and_not_its_values()
    {
        Assert.Equal("a = @p0", Sql.Format($"a = {"secret"}").ToString());
    }

    [Fact]
    public void Constant_in_a_hole_is_a_value_too()
    {
        const string Name = "orders; drop table orders";

        var (text, values) = Take($"select {Name}");

        Assert.Equal("select @p0", text);
        Assert.Equal([Name], All(values));
    }

    [Fact]
    public void Beside_an_overload_for_strings_the_handler_is_chosen_unless_the_whole_text_is_a_constant()
    {
        const string Table = "orders";
        var id = 5;

        Assert.Equal("handler: select @p0", Overloaded($"select {id}"));
        Assert.Equal("handler: select * from @p0 where id = @p1", Overloaded($"select * from {Table} where id = {id}"));

        // The compiler has made one constant of it: no value from outside can be in it.
        Assert.Equal("string: select * from orders", Overloaded($"select * from {Table}"));
        Assert.Equal("string: select 1", Overloaded("select 1"));
    }

    [Fact]
    public void Braces_and_markers_in_the_literal_are_the_users_own()
    {
        var (text, values) = Take($"select '{{1}}'::int[], @other, a @> b, {7}::int");

        Assert.Equal("select '{1}'::int[], @other, a @> b, @p0::int", text);
        Assert.Equal([7], All(values));
    }

    [Fact]
    public void Markers_never_run_into_their_neighbours()
    {
        var (text, _) = Take($"select{1}from t limit{2}offset {3}{4} where a <@{5}and b = ({6}).c and f({7},{8}) and -{9}");

        Assert.Equal(
            "select @p0 from t limit @p1 offset @p2 @p3 where a <@ @p4 and b = (@p5).c and f(@p6,@p7) and - @p8",
            text);
    }

    [Fact]
    public void Same_call_site_gives_the_same_string()
    {
        var first = Build(1, "a");
        var second = Build(2, "b");

        Assert.Same(first, second);
    }

    [Fact]
    public void Same_call_site_with_the_same_fragments_gives_the_same_string()
    {
        static string Build(int i) => Take($"select * from orders where {Sql.Format($"id = {i}")}").Text;

        Assert.Same(Build(1), Build(2));
    }

    [Fact]
    public void Raw_texts_of_the_same_content_give_equal_strings()
    {
        static string Build(string table) => Take($"select * from {Sql.Raw(table)} where id = {1}").Text;

        Assert.Equal(Build("orders"), Build(new string("orders".AsSpan())));
    }

    [Fact]
    public void Call_site_met_again_allocates_nothing_but_its_values()
    {
        static long Allocated(int times)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < times; i++)
            {
                _ = Take($"select * from orders order by id").Text;
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(10);

        Assert.Equal(0, Allocated(1000));
    }

    [Fact]
    public void Sql_typed_as_something_else_is_refused()
    {
        object hidden = Sql.Raw("orders");
        RawSql? nullable = Sql.Raw("orders");
        object fragment = Sql.Empty;

        Assert.Equal(
            "Hole 1 of the statement holds SQL typed as Object; give it as RawSql or SqlFragment, so that it is not mistaken for a value. [RTG0505]",
            Assert.Throws<InvalidOperationException>(() => Take($"select {1} from {hidden}")).Message);
        Assert.Equal(
            "Hole 0 of the statement holds SQL typed as Nullable`1; give it as RawSql or SqlFragment, so that it is not mistaken for a value. [RTG0505]",
            Assert.Throws<InvalidOperationException>(() => Take($"select {nullable}")).Message);
        Assert.Throws<InvalidOperationException>(() => Take($"select {fragment}"));
    }

    [Fact]
    public void Default_raw_and_null_fragment_are_refused()
    {
        SqlFragment? missing = null;

        Assert.Equal(
            "A default RawSql holds no text; make it with Sql.Raw(text). [RTG0505]",
            Assert.Throws<InvalidOperationException>(() => Take($"select {default(RawSql)}")).Message);
        Assert.Throws<ArgumentNullException>("value", () => Take($"select {missing!}"));
        Assert.Throws<ArgumentNullException>("text", () => Sql.Raw(null!));
    }

    [Fact]
    public void Handler_has_no_way_to_format_a_value_into_text()
    {
        var ways = typeof(SqlText).GetMethods()
            .Where(method => method.Name == nameof(SqlText.AppendFormatted))
            .Select(method => string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name)))
            .Order(StringComparer.Ordinal);

        Assert.Equal(["RawSql", "SqlFragment", "T"], ways);
        Assert.Empty(typeof(RawSql).GetConstructors());
        Assert.Empty(typeof(SqlFragment).GetConstructors());
        Assert.DoesNotContain(typeof(RawSql).GetMethods(), method => method.Name is "op_Implicit" or "op_Explicit");
    }

    [Fact]
    public void Many_holes_are_numbered_on()
    {
        var list = Sql.Format($"{0}");
        for (var i = 1; i < 100; i++)
        {
            list = Sql.Format($"{list}, {i}");
        }

        var (text, values) = Take($"select {list}");

        Assert.Equal("select " + string.Join(", ", Enumerable.Range(0, 100).Select(i => $"@p{i}")), text);
        Assert.Equal(Enumerable.Range(0, 100).Cast<object?>(), All(values));
    }

    [Fact]
    public void Full_tree_takes_nothing_more_and_keeps_what_it_has()
    {
        var root = TextNode.NewRoot(mostNodes: 3);
        var a = root.Follow("select ")!;
        var hole = a.Follow(null)!;
        var b = root.Follow("delete ")!;

        Assert.Null(root.Follow("update "));
        Assert.Null(a.Follow("x"));
        Assert.Null(hole.Follow(null));
        Assert.Same(a, root.Follow("select "));
        Assert.Same(hole, a.Follow(null));
        Assert.Same(b, root.Follow("delete "));
        Assert.Equal("select @p0", hole.Text);
        Assert.Same(hole.Text, hole.Text);
    }

    [Fact]
    public void Node_with_many_children_finds_each_by_reference()
    {
        var root = TextNode.NewRoot(mostNodes: 1000);
        var pieces = Enumerable.Range(0, 100).Select(i => $"piece {i}").ToArray();
        var nodes = pieces.Select(root.Follow).ToArray();

        Assert.Equal(nodes, pieces.Select(root.Follow));
        Assert.Equal(pieces, nodes.Select(node => node!.Text));
        Assert.NotSame(nodes[50], root.Follow(new string(pieces[50].AsSpan())));
    }

    [Fact]
    public async Task Callers_that_grow_the_tree_together_get_the_same_nodes()
    {
        var root = TextNode.NewRoot(mostNodes: 1000);
        var pieces = Enumerable.Range(0, 64).Select(i => $"piece {i}").ToArray();

        var walks = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            pieces.Select(piece => root.Follow(piece)!.Follow(null)!.Text).ToArray())));

        foreach (var walk in walks)
        {
            Assert.All(walk.Zip(walks[0]), pair => Assert.Same(pair.Second, pair.First));
        }
    }

    private static string Overloaded(string text) => "string: " + text;

    private static string Overloaded(SqlText sql) => "handler: " + sql.Take().Text;

    private static string Build(int id, string name) => Take($"select * from orders where id = {id} and name = {name}").Text;

    private static (string Text, PositionalValues? Values) Take(SqlText sql) => sql.Take();

    private static IEnumerable<object?> All(PositionalValues? values)
    {
        for (var i = 0; i < values!.Count; i++)
        {
            yield return values[i];
        }
    }
}
