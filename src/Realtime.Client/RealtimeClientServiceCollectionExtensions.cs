using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Realtime.Client;

/// <summary>Adds the client to an application's services.</summary>
public static class RealtimeClientServiceCollectionExtensions
{
    /// <summary>
    /// Registers one <see cref="RealtimeClient"/> for the application. It takes its <see cref="HttpClient"/> from the <see cref="IHttpClientFactory"/> for
    /// every request, and its logger and <see cref="TimeProvider"/> from the services where they are.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, after whatever else configured them.</param>
    /// <returns>What configures the <see cref="HttpClient"/>: handlers, certificates, proxies. Its timeout stays infinite, as each request has its own limit.</returns>
    public static IHttpClientBuilder AddRealtimeClient(this IServiceCollection services, Action<RealtimeClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<RealtimeClientOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RealtimeClientOptions>, RealtimeClientOptionsValidator>());
        services.TryAddSingleton(provider =>
        {
            var factory = provider.GetRequiredService<IHttpClientFactory>();
            return new RealtimeClient(
                provider.GetRequiredService<IOptions<RealtimeClientOptions>>().Value,
                () => factory.CreateClient(RealtimeClient.HttpClientName),
                provider.GetService<ILogger<RealtimeClient>>(),
                provider.GetService<TimeProvider>());
        });
        return services.AddHttpClient(RealtimeClient.HttpClientName, http => http.Timeout = Timeout.InfiniteTimeSpan);
    }
}
