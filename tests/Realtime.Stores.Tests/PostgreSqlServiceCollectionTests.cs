using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Realtime.Stores.PostgreSql;

namespace Realtime.Stores.Tests;

public sealed class PostgreSqlServiceCollectionTests
{
    [Fact]
    public async Task The_container_gives_one_store_for_messages_and_secrets_and_disposes_it()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var schemas = new PostgreSqlSchemas();
        var provider = new ServiceCollection()
            .AddLogging()
            .AddPostgreSqlMessageStore(options =>
            {
                options.ConnectionString = schemas.Options("x").ConnectionString;
                options.Schema = schemas.New();
            })
            .BuildServiceProvider();
        var store = provider.GetRequiredService<IMessageStore>();
        await store.OpenAsync(cancel);

        Assert.Same(store, provider.GetRequiredService<IMessageStore>());
        Assert.Same(store, provider.GetRequiredService<ISecretStore>());
        await provider.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.OpenAsync(cancel));
    }

    [Fact]
    public void Wrong_settings_are_refused_each_in_a_sentence()
    {
        var refusal = Refusal(options =>
        {
            options.ConnectionString = " ";
            options.Schema = "Real Time";
            options.Synchronous = (PostgreSqlSynchronous)7;
            options.MaxConnections = 1;
            options.CommandTimeout = TimeSpan.Zero;
        });

        Assert.Equal(5, refusal.Failures.Count());
        Assert.All(refusal.Failures, failure => Assert.Contains("Realtime:Store:", failure, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Host=db;Password=geheim;wort")]
    [InlineData("Host=db;Port=geheim")]
    [InlineData("Host=db;geheim=1")]
    [InlineData("geheim")]
    [InlineData("Host=db;SSL Mode=geheim")]
    [InlineData("Database=geheim")]
    public async Task A_connection_string_that_can_not_be_used_is_refused_without_repeating_it(string connectionString)
    {
        var refusal = Refusal(options => options.ConnectionString = connectionString);
        await using var store = PostgreSqlSchemas.StoreAt(new PostgreSqlOptions { ConnectionString = connectionString });
        var failure = await Assert.ThrowsAsync<RealtimeException>(async () => await store.OpenAsync(TestContext.Current.CancellationToken));

        Assert.Contains("Realtime:Store:ConnectionString", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", refusal.ToString(), StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
        Assert.Contains("Realtime:Store:ConnectionString", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("pg_own")]
    [InlineData("a\"b")]
    [InlineData("Upper")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")]
    public void A_schema_that_needs_care_is_refused(string schema)
    {
        var refusal = Refusal(options =>
        {
            options.ConnectionString = "Host=db";
            options.Schema = schema;
        });

        Assert.Contains("Realtime:Store:Schema", Assert.Single(refusal.Failures), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => PostgreSqlSchemas.StoreAt(new PostgreSqlOptions { ConnectionString = "Host=db", Schema = schema }));
    }

    private static OptionsValidationException Refusal(Action<PostgreSqlOptions> configure)
    {
        using var provider = new ServiceCollection().AddLogging().AddPostgreSqlMessageStore(configure).BuildServiceProvider();
        return Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IMessageStore>);
    }
}
